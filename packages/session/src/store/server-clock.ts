/** The server's clock, as well as this process knows it. */
export interface ServerClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Asks the server, perhaps one that was not asked before. Rejects when it does not answer. */
  measure(isNewServer: boolean): Promise<void>;
  stop(): void;
}

const everyMilliseconds = 30_000;
const quickMilliseconds = 100;
/** By how much a server's clock may differ from what was expected of it and be believed. */
const toleratedMilliseconds = 10_000;

/**
 * The monotonic clock, set by the server's at each `measure` and every 30 seconds: what happens to this machine's wall
 * clock changes nothing. `localNow` counts until the server was asked. `readTime` gives what Redis answers to `TIME`: a
 * list of seconds and microseconds. Of a measurement the middle of the round trip counts, so it is wrong by half of it at
 * most; much slower ones than before are passed over, and so is one that says something else by ten seconds, until the next
 * one says the same.
 */
export function createServerClock(
  localNow: () => number,
  readTime: () => Promise<unknown>,
): ServerClock {
  let offset: number | null = null;
  let doubted: number | null = null;
  let roundTrip = Number.POSITIVE_INFINITY;

  async function measure(isNewServer: boolean): Promise<void> {
    if (isNewServer) roundTrip = Number.POSITIVE_INFINITY;
    const started = performance.now();
    const serverNow = milliseconds(await readTime());
    const took = performance.now() - started;
    if (serverNow === null || took > Math.max(quickMilliseconds, 2 * roundTrip)) return;
    const found = serverNow - (started + took / 2);
    const isExpected = offset === null || isNewServer || isNear(found, offset);
    if (!isExpected && (doubted === null || !isNear(found, doubted))) {
      doubted = found;
      return;
    }
    offset = found;
    doubted = null;
    roundTrip = took;
  }

  // Also finds a connection that died in silence while nobody needed it.
  const timer = setInterval(() => measure(false).catch(() => undefined), everyMilliseconds).unref();
  return {
    now: () => Math.round(offset === null ? localNow() : performance.now() + offset),
    measure,
    stop: () => clearInterval(timer),
  };
}

function isNear(one: number, other: number): boolean {
  return Math.abs(one - other) <= toleratedMilliseconds;
}

function milliseconds(reply: unknown): number | null {
  const [seconds, microseconds] = Array.isArray(reply) ? (reply as unknown[]).map(Number) : [];
  if (seconds === undefined || microseconds === undefined) return null;
  const value = seconds * 1000 + microseconds / 1000;
  return Number.isFinite(value) ? value : null;
}
