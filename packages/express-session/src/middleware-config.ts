import type { CipherKey } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { ResolvedOptions } from './options.ts';
import type { Renewals } from './renewals.ts';
import type { Done, SessionRequest } from './shapes.ts';
import type { StoreMarks } from './store-marks.ts';
import type { Turns } from './turns.ts';

/** What the requests of one middleware have in common. */
export interface MiddlewareConfig extends ResolvedOptions {
  readonly turns: Turns;
  readonly renewals: Renewals;
  readonly marks: StoreMarks;
}

/** A request that gets a session. */
export interface Visitor {
  readonly request: SessionRequest;
  readonly response: ServerResponse;
  readonly next: Done;
  /** The id in its cookie. */
  readonly cookieId: string | undefined;
  /** Signs the cookie it gets. */
  readonly secret: CipherKey;
}
