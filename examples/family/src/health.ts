import type { SessionStore } from '@latchkey/session';

/** What a health path answers. */
export interface Health {
  readonly status: 200 | 503;
  readonly body: Readonly<Record<string, boolean | string>>;
}

/** `GET /health/live`: the process answers. */
export const live: Health = { status: 200, body: { live: true } };

/** `GET /health/ready`: 200 while the session store answers, else 503. Never rejects. */
export async function readiness(store: Pick<SessionStore, 'ping'>): Promise<Health> {
  try {
    await store.ping();
    return { status: 200, body: { ready: true } };
  } catch {
    return { status: 503, body: { ready: false, reason: 'store' } };
  }
}
