import { type IncomingMessage, request } from 'node:http';

/** An answer as it came over the wire. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly cookies: readonly string[];
  readonly body: Buffer;
  readonly text: string;
  /** False when the connection broke before the answer was whole. */
  readonly isWhole: boolean;
}

/** What to send; `host` defaults to the app's own, `cookie` to what the visitor has, `accept` to `text/html`. */
export interface HttpQuestion {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Somebody who asks a server over real HTTP and keeps cookies by name. */
export interface HttpVisitor {
  ask(path: string, question?: HttpQuestion): Promise<HttpAnswer>;
  /** The `Cookie` header, or undefined. */
  cookieHeader(): string | undefined;
  /** The same cookies, kept apart from now on. */
  copy(): HttpVisitor;
}

/** A visitor of `127.0.0.1:port` who says it is `host`. */
export function createHttpVisitor(
  port: number,
  host: string,
  cookies: Map<string, string> = new Map(),
): HttpVisitor {
  const cookieHeader = (): string | undefined =>
    cookies.size === 0 ? undefined : [...cookies].map((pair) => pair.join('=')).join('; ');
  return {
    cookieHeader,
    copy: () => createHttpVisitor(port, host, new Map(cookies)),
    async ask(path, question = {}) {
      const cookie = cookieHeader();
      const own = { host, accept: 'text/html', ...(cookie === undefined ? {} : { cookie }) };
      const headers = { ...own, ...question.headers };
      const answer = await exchange(port, path, { ...question, headers });
      for (const line of answer.cookies) keep(cookies, line);
      return answer;
    },
  };
}

function keep(cookies: Map<string, string>, line: string): void {
  const pair = line.split(';')[0] ?? '';
  const at = pair.indexOf('=');
  const name = pair.slice(0, at);
  if (/;\s*max-age=0\b/i.test(line)) cookies.delete(name);
  else cookies.set(name, pair.slice(at + 1));
}

function exchange(port: number, path: string, question: HttpQuestion): Promise<HttpAnswer> {
  const { method = 'GET', headers = {}, body } = question;
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers, agent: false };
    const outgoing = request(options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', () => undefined);
      incoming.on('close', () => resolve(toAnswer(incoming, Buffer.concat(chunks))));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function toAnswer(incoming: IncomingMessage, body: Buffer): HttpAnswer {
  const { statusCode = 0, headers, complete } = incoming;
  return {
    status: statusCode,
    headers,
    cookies: headers['set-cookie'] ?? [],
    body,
    text: body.toString(),
    isWhole: complete,
  };
}
