import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a relying party received. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly contentType: string | undefined;
  readonly cookie: string | undefined;
  readonly logoutToken: string | null;
}

/** How it answers; the default is 200. */
export type Answer = (response: ServerResponse, received: Received) => void;

/** A relying party's back-channel endpoint on a port of its own, at `http://wiki.localhost:<port>`. */
export interface Receiver {
  readonly origin: string;
  readonly received: Received[];
  /** Answers of the next requests, in order; afterwards the last one goes on. */
  answer(...answers: readonly Answer[]): void;
  close(): Promise<void>;
}

export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(code, headers).end('body');
  };

/** Never answers. */
export const hang: Answer = () => undefined;

/** Answers 200 and goes on sending. */
export const endless: Answer = (response) => {
  response.writeHead(200);
  const send = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    if (!response.destroyed) response.once('drain', send);
  };
  send();
};

/** Answers 200 and never ends the body. */
export const trickle: Answer = (response) => {
  response.writeHead(200);
  response.write('a');
};

/** Breaks the connection. */
export const breakOff: Answer = (response) => response.destroy();

export async function startReceiver(name = 'wiki', port = 0): Promise<Receiver> {
  const received: Received[] = [];
  let answers: readonly Answer[] = [status(200)];
  const server = createServer(async (request, response) => {
    const one = await receive(request);
    received.push(one);
    const [answer = status(200), ...rest] = answers;
    if (rest.length > 0) answers = rest;
    answer(response, one);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    origin: `http://${name}.localhost:${(server.address() as AddressInfo).port}`,
    received,
    answer(...next) {
      answers = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function receive(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const form = new URLSearchParams(Buffer.concat(chunks).toString());
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    contentType: request.headers['content-type'],
    cookie: request.headers.cookie,
    logoutToken: form.get('logout_token'),
  };
}
