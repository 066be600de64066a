/** The server's clock, as well as this process knows it. */
export interface ServerClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Asks the server, perhaps one that was not asked before. Rejects when it does not answer. */
  measure(isNewServer: boolean): Promise<void>;
  stop(): void;
}

const everyMs = 30_000;
const quickMs = 100;

/**
 * The local clock, set right by the server's at each `measure` and every 30 seconds. `readTime` gives what Redis answers
 * to `TIME`: a list of seconds and microseconds. Of a measurement the
 * middle of the round trip counts, so it is wrong by half of it at most; much slower ones than before are passed over.
 */
export function createServerClock(
  localNow: () => number,
  readTime: () => Promise<unknown>,
): ServerClock {
  let offset = 0;
  let roundTrip = Number.POSITIVE_INFINITY;

  async function measure(isNewServer: boolean): Promise<void> {
    if (isNewServer) roundTrip = Number.POSITIVE_INFINITY;
    const started = performance.now();
    const before = localNow();
    const serverNow = milliseconds(await readTime());
    const took = performance.now() - started;
    if (serverNow === null || took > Math.max(quickMs, 2 * roundTrip)) return;
    offset = serverNow - (before + took / 2);
    roundTrip = took;
  }

  // Also finds a connection that died in silence while nobody needed it.
  const timer = setInterval(() => measure(false).catch(() => undefined), everyMs).unref();
  return {
    now: () => Math.round(localNow() + offset),
    measure,
    stop: () => clearInterval(timer),
  };
}

function milliseconds(reply: unknown): number | null {
  const [seconds, microseconds] = Array.isArray(reply) ? (reply as unknown[]).map(Number) : [];
  if (seconds === undefined || microseconds === undefined) return null;
  const value = seconds * 1000 + microseconds / 1000;
  return Number.isFinite(value) ? value : null;
}
