// The process that asks: keep-alive connections, each with one request under way, sessions in turn.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { quantile } from '../figures.ts';
import { answerParent } from '../process-call.ts';
import { createAnswerReader } from './answer-reader.ts';
import { host } from './family.ts';

/** Whom to ask. */
export interface Target {
  readonly port: number;
  /** One of these goes with each request, in turn. */
  readonly cookieHeaders: readonly string[];
}

/** What a stretch of asking gave. */
export interface Outcome {
  /** All with status 200. */
  readonly answers: number;
  readonly perSecond: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
}

/** What the load process can be asked for. */
export interface LoadCalls extends Readonly<Record<string, (argument: never) => unknown>> {
  /** Makes a target known and opens nothing. */
  readonly add: (target: Target & { readonly name: string }) => void;
  /** Opens the connections, so that this is not counted with the requests. */
  readonly connect: (order: {
    readonly name: string;
    readonly connections: number;
  }) => Promise<void>;
  /** Asks for so long, waits for what is under way, closes the connections. Rejects for any status but 200. */
  readonly ask: (milliseconds: number) => Promise<Outcome>;
  /** The same, each connection asking no sooner than `everyMilliseconds` after it asked before. */
  readonly askAtPace: (order: {
    readonly milliseconds: number;
    readonly everyMilliseconds: number;
  }) => Promise<Outcome>;
}

interface Requests {
  readonly port: number;
  readonly texts: readonly Buffer[];
  next: number;
}

const targets = new Map<string, Requests>();
let sockets: readonly Socket[] = [];
let requests: Requests | null = null;

function add({ name, port, cookieHeaders }: Target & { readonly name: string }): void {
  const texts = cookieHeaders.map((cookie) =>
    Buffer.from(
      `GET /me HTTP/1.1\r\nHost: ${host}\r\nAccept: application/json\r\nCookie: ${cookie}\r\n\r\n`,
    ),
  );
  targets.set(name, { port, texts, next: 0 });
}

async function connectTo({ name, connections }: { name: string; connections: number }) {
  const found = targets.get(name);
  if (found === undefined) throw new Error(`There is no target '${name}'.`);
  requests = found;
  sockets = Array.from({ length: connections }, () =>
    connect({ port: found.port, host: '127.0.0.1', noDelay: true }),
  );
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
}

async function ask(milliseconds: number, everyMilliseconds = 0): Promise<Outcome> {
  if (requests === null) throw new Error('Not connected.');
  const chosen = requests;
  const startedAt = performance.now();
  const until = { deadline: startedAt + milliseconds, everyMilliseconds };
  const perSocket = sockets.map((socket) => askUntil(until, socket, chosen));
  const took = (await Promise.all(perSocket)).flat().sort((a, b) => a - b);
  return {
    answers: took.length,
    perSecond: (took.length * 1000) / (performance.now() - startedAt),
    p50Milliseconds: quantile(took, 0.5),
    p99Milliseconds: quantile(took, 0.99),
  };
}

/** Resolves with how long each answer took, in milliseconds. */
function askUntil(
  {
    deadline,
    everyMilliseconds,
  }: { readonly deadline: number; readonly everyMilliseconds: number },
  socket: Socket,
  chosen: Requests,
): Promise<number[]> {
  const reader = createAnswerReader();
  const took: number[] = [];
  let askedAt = 0;
  return new Promise((resolve, reject) => {
    const send = (): void => {
      const text = chosen.texts[chosen.next] ?? '';
      chosen.next = (chosen.next + 1) % chosen.texts.length;
      askedAt = performance.now();
      socket.write(text);
    };
    const sendInTime = (now: number): void => {
      const wait = everyMilliseconds === 0 ? 0 : askedAt + everyMilliseconds - now;
      if (wait > 0) setTimeout(send, wait);
      else send();
    };
    const receive = (chunk: Buffer): void => {
      const status = reader.push(chunk);
      if (status === null) return;
      const now = performance.now();
      took.push(now - askedAt);
      if (status !== 200) reject(new Error(`Status ${status} instead of 200.`));
      else if (now + everyMilliseconds < deadline) sendInTime(now);
      else {
        resolve(took);
        socket.destroy();
      }
    };
    socket.on('data', (chunk) => {
      try {
        receive(chunk);
      } catch (error) {
        reject(error);
      }
    });
    socket.on('error', reject);
    socket.on('end', () => reject(new Error('The server closed a connection.')));
    send();
  });
}

answerParent<LoadCalls>({
  add,
  connect: connectTo,
  ask: (milliseconds) => ask(milliseconds),
  askAtPace: ({ milliseconds, everyMilliseconds }) => ask(milliseconds, everyMilliseconds),
});
