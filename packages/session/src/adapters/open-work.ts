import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Session } from '../session-object/session.ts';
import { carrierOf } from './answer-end.ts';

/** How often open answers are looked at. An event stream is known as one after the second look. */
const lookMilliseconds = 300;

/** What a connection carries at the moment. */
interface Seat {
  readonly connection: Connection;
  outgoing: ServerResponse | null;
  session: Session | null;
  /** Whether the answer was open at the last look already. */
  isSeen: boolean;
}

type Connection = Duplex & { [key: symbol]: Seat | undefined };

/** Answers and sockets that stay open after their request was let in, and must not outlive its session. */
export interface OpenWork {
  /** A request was let in. Most are answered at once: all that is kept is which one its connection carries now. */
  note(incoming: IncomingMessage, outgoing: ServerResponse, session: Session): void;
}

/**
 * Closes event streams (`text/event-stream`) and upgraded sockets within a second of the end of their session. Nothing is
 * hooked into answers: open connections are looked at a few times a second, while there are any.
 */
export function createOpenWork(): OpenWork {
  return new Connections();
}

/** Closes a connection when the session that it was opened under ends. */
export function closeWith(session: Session, socket: Duplex): void {
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
  readonly #key: symbol = Symbol('latchkey seat');
  readonly #seats = new Set<Seat>();
  #timer: NodeJS.Timeout | null = null;

  note(incoming: IncomingMessage, outgoing: ServerResponse, session: Session): void {
    const connection = carrierOf(incoming) as Connection;
    // The visitor left while the session was opened.
    if (connection.destroyed) return;
    const known = connection[this.#key];
    // A client may ask on without waiting for the answer: then the connection carries several.
    const seat = known !== undefined && isFree(known) ? known : this.#take(connection);
    seat.outgoing = outgoing;
    seat.session = session;
    seat.isSeen = false;
    const isSocket = incoming.headers.upgrade !== undefined && isWebSocket(incoming);
    if (isSocket && session.backing() !== null) closeWith(session, connection);
  }

  #take(connection: Connection): Seat {
    const seat: Seat = { connection, outgoing: null, session: null, isSeen: false };
    connection[this.#key] = seat;
    this.#seats.add(seat);
    this.#timer ??= this.#start();
    return seat;
  }

  #start(): NodeJS.Timeout {
    const timer = setInterval(() => this.#look(), lookMilliseconds);
    // A connection that is open keeps the process alive itself.
    timer.unref();
    return timer;
  }

  #look(): void {
    for (const seat of this.#seats) {
      lookAt(seat);
      const { connection, outgoing } = seat;
      const isLeft = outgoing === null && connection[this.#key] !== seat;
      if (isLeft || connection.destroyed) this.#seats.delete(seat);
    }
    if (this.#seats.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}

function lookAt(seat: Seat): void {
  const { outgoing, session } = seat;
  if (outgoing === null || session === null) return;
  const stays = !isFree(seat);
  if (stays && !seat.isSeen) {
    seat.isSeen = true;
    return;
  }
  if (stays && !isEventStream(outgoing)) return;
  // Done, or handed over to the session's own watch: nothing of it is kept any longer than it must be.
  seat.outgoing = null;
  seat.session = null;
  // Only now: who was nobody may have signed in by this very answer.
  if (stays && session.backing() !== null) closeWith(session, outgoing as unknown as Duplex);
}

function isFree({ connection, outgoing }: Seat): boolean {
  if (outgoing === null || connection.destroyed) return true;
  return outgoing.writableFinished || outgoing.destroyed;
}

function isEventStream(outgoing: ServerResponse): boolean {
  if (!outgoing.headersSent) return false;
  const type = outgoing.getHeader('content-type');
  if (type !== undefined) return String(type).startsWith('text/event-stream');
  // What is given to `writeHead` alone is in the text that was sent and nowhere else.
  const head = '_header' in outgoing ? outgoing._header : null;
  return typeof head === 'string' && /^content-type:\s*text\/event-stream/im.test(head);
}
