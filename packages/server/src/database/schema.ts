import type { EndCause, NoticeResult } from '@latchkey/session/parts';
/**
 * The login host's tables, as Kysely sees them. Rows of `migrations.ts`, one schema for SQLite and Postgres:
 * text ids, instants as milliseconds since 1970, booleans as 0 or 1, JSON as text.
 */
export interface Database {
  accounts: AccountTable;
  access: AccessTable;
  sign_ins: SignInTable;
  joined_apps: JoinedAppTable;
  notices: NoticeTable;
  receivers: ReceiverTable;
  oidc_records: OidcRecordTable;
  known_browsers: KnownBrowserTable;
  signing_keys: SigningKeyTable;
}

/** `pending`: registered, waits for approval. `deleted` rows stay so that an id is never given twice. */
export type AccountState = 'pending' | 'active' | 'suspended' | 'deleted';

export interface AccountTable {
  /** UUID; the `sub` of every token and `account.id` in every app. */
  id: string;
  /** As typed, NFC. */
  email: string;
  /** Lower case, NFC: what is unique and looked up. */
  email_key: string;
  name: string;
  /** PHC string, or null where the account has no password. */
  password_hash: string | null;
  state: AccountState;
  /** Rises when password, factor or state changes: a proof begun before does not count after. */
  epoch: number;
  administrator: number;
  created_at: number;
}

export type AccessState = 'requested' | 'granted' | 'denied' | 'revoked';

/** Primary key (account_id, app). */
export interface AccessTable {
  account_id: string;
  /** Name of the app in the family config. */
  app: string;
  state: AccessState;
  /** Until when a grant holds, or null. */
  granted_until: number | null;
  changed_at: number;
}

export interface SignInTable {
  /** UUID. */
  id: string;
  /** Where the session store keeps it; unique. */
  slot: string;
  account_id: string;
  /** RFC 8176 names, JSON array. */
  methods: string;
  proved_at: number;
  /** A few words for the person's list of devices, from the User-Agent. */
  device: string;
  /** The client's address, for the same list; `''` where it is not known. */
  place: string;
  /** The person asked to be kept signed in. */
  remembered: number;
  created_at: number;
  idle_seconds: number;
  absolute_seconds: number;
  /** Null while it lives. */
  ended_at: number | null;
  end_cause: EndCause | null;
  /** When the session store confirmed the ending; notices go out only afterwards. */
  enforced_at: number | null;
  /** Once ended: from when on the row may go (`sweep.ts`). */
  forget_at: number | null;
}

/** Primary key (sign_in_id, app). Written before the code or token leaves. */
export interface JoinedAppTable {
  sign_in_id: string;
  app: string;
  reach: 'shared' | 'handshake' | 'oidc';
  /** The `sid` a relying party knows, else null. */
  sid: string | null;
  joined_at: number;
}

/** Why the apps of a sign-in are told. */
export type NoticeCause = EndCause | 'access-withdrawn';

export type NoticeState = 'waiting' | 'delivered' | 'dead';

/** One back-channel logout notice: written in the transaction that ends the sign-in. */
export interface NoticeTable {
  id: string;
  sign_in_id: string;
  app: string;
  sid: string;
  account_id: string;
  cause: NoticeCause;
  state: NoticeState;
  attempts: number;
  next_attempt_at: number;
  /** While in the future, some worker is sending it. */
  leased_until: number;
  /** The process that claimed it last; see `packages/server/src/sign-out/worker-name.ts`. */
  claimed_by: string | null;
  /** A named reason: `delivered`, `refused-404`, `timeout`, … */
  last_result: NoticeResult | null;
  created_at: number;
  settled_at: number | null;
}

/** How a relying party has answered notices. A row from its first refusal on. */
export interface ReceiverTable {
  app: string;
  /** Refusals (4xx, redirects) in a row; 0 after one that it took. */
  refusals: number;
  /** After many refusals: from when on one notice may be tried again. */
  probe_at: number;
}

/** What oidc-provider keeps, except its sessions. Primary key (kind, id_hash). */
export interface OidcRecordTable {
  kind: string;
  /** SHA-256 of the provider's id: codes and tokens are not stored raw. */
  id_hash: string;
  payload: string;
  grant_id: string | null;
  user_code: string | null;
  uid: string | null;
  /** The sign-in it belongs to, where known. */
  sign_in_id: string | null;
  consumed_at: number | null;
  expires_at: number | null;
}

/** A browser that an account knows (`packages/server/src/sign-in/known-browsers.ts`). A row from its first wrong password on. */
export interface KnownBrowserTable {
  /** A hash of its nonce. */
  name: string;
  /** Wrong passwords so far: ten burn it. */
  tries: number;
  /** When its cookie has run out. */
  forget_at: number;
}

/** The provider's key set, sealed under the family secret. */
export interface SigningKeyTable {
  kid: string;
  alg: string;
  sealed_jwk: string;
  created_at: number;
}
