import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SessionObject } from '../session-object/session-object.ts';
import { carrierOf } from './answer-end.ts';

/** How often open answers are looked at. An event stream is known as one after the second look. */
const lookMilliseconds = 300;

/** A connection that requests were let in on, and what it may carry for long. */
interface OpenStream {
  readonly connection: Connection;
  /** The answer that was open at the last look already. */
  seen: Answer | null;
  /** The answer, where the connection does not know it itself: in HTTP/2 a stream carries one and ends with it. */
  only: Answer | null;
}

/** An answer knows the session that its request was let in under. */
type Answer = ServerResponse & { [key: symbol]: SessionObject | null | undefined };

/** A socket of HTTP/1 knows the answer that it carries now; those that the client asked for meanwhile wait for their turn. */
type Connection = Duplex & {
  [key: symbol]: OpenStream | undefined;
  readonly _httpMessage?: Answer | null;
};

/** Answers and sockets that stay open after their request was let in, and must not outlive its session. */
export interface OpenWork {
  /**
   * A request was let in. Most are answered at once, so nothing is kept that would hold an answer once it is done: held until
   * the next request of each connection, answers live long enough to be copied at each collection of garbage.
   */
  note(incoming: IncomingMessage, outgoing: ServerResponse, session: SessionObject): void;
}

/**
 * Closes event streams (`text/event-stream`) and upgraded sockets within a second of the end of their session. Nothing is
 * hooked into answers: open connections are looked at a few times a second, while there are any.
 */
export function createOpenWork(): OpenWork {
  return new Connections();
}

/** Closes a connection when the session that it was opened under ends. */
export function closeWith(session: SessionObject, socket: Duplex): void {
  const { signal } = session;
  if (signal.aborted) socket.destroy();
  else signal.addEventListener('abort', () => socket.destroy(), { once: true });
}

/** Whether a request asks for a WebSocket. */
export function isWebSocket(incoming: IncomingMessage): boolean {
  return incoming.headers.upgrade?.toLowerCase() === 'websocket';
}

class Connections implements OpenWork {
  /** One of its own for each: an app may stand behind two. */
  readonly #key: symbol = Symbol('latchkey open stream');
  readonly #streams = new Set<OpenStream>();
  #timer: NodeJS.Timeout | null = null;

  note(incoming: IncomingMessage, outgoing: ServerResponse, session: SessionObject): void {
    const connection = carrierOf(incoming) as Connection;
    // The visitor left while the session was opened.
    if (connection.destroyed) return;
    const answer = outgoing as Answer;
    answer[this.#key] = session;
    const stream = connection[this.#key] ?? this.#take(connection);
    if (!connection._httpMessage) stream.only = answer;
    const isSocket = incoming.headers.upgrade !== undefined && isWebSocket(incoming);
    if (isSocket && session.backing() !== null) closeWith(session, connection);
  }

  #take(connection: Connection): OpenStream {
    const stream: OpenStream = { connection, seen: null, only: null };
    connection[this.#key] = stream;
    this.#streams.add(stream);
    this.#timer ??= this.#start();
    return stream;
  }

  #start(): NodeJS.Timeout {
    const timer = setInterval(() => this.#look(), lookMilliseconds);
    // A connection that is open keeps the process alive itself.
    timer.unref();
    return timer;
  }

  #look(): void {
    for (const stream of this.#streams) {
      if (stream.connection.destroyed) this.#streams.delete(stream);
      else this.#lookAt(stream);
    }
    if (this.#streams.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #lookAt(stream: OpenStream): void {
    const answer = openAnswerOf(stream);
    const wasSeen = answer === stream.seen;
    stream.seen = answer;
    const session = answer?.[this.#key];
    if (!answer || !session || !wasSeen || !isEventStream(answer)) return;
    // Handed over to the session's own watch. Only now: who was nobody may have signed in by this very answer.
    answer[this.#key] = null;
    if (session.backing() !== null) closeWith(session, answer as unknown as Duplex);
  }
}

/** The answer that a connection carries at the moment, or null. */
function openAnswerOf(stream: OpenStream): Answer | null {
  const answer = stream.connection._httpMessage ?? stream.only;
  if (answer !== null && !answer.writableFinished && !answer.destroyed) return answer;
  stream.only = null;
  return null;
}

function isEventStream(outgoing: ServerResponse): boolean {
  if (!outgoing.headersSent) return false;
  const type = outgoing.getHeader('content-type');
  if (type !== undefined) return String(type).startsWith('text/event-stream');
  // What is given to `writeHead` alone is in the text that was sent and nowhere else.
  const head = '_header' in outgoing ? outgoing._header : null;
  return typeof head === 'string' && /^content-type:\s*text\/event-stream/im.test(head);
}
