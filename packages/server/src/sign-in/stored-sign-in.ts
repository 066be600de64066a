import type { EndCause, Slot } from '@latchkey/session/parts';
import type { SignInTable } from '../database/tables/sign-ins.ts';

/** A sign-in as SQL knows it: the truth about whether it ended. */
export interface StoredSignIn {
  /** UUID. */
  readonly id: string;
  readonly slot: Slot;
  readonly accountId: string;
  /** RFC 8176 names. */
  readonly methods: readonly string[];
  readonly provedAt: number;
  /** A few words for the person's list of devices. */
  readonly device: string;
  /** The client's address, or `''`. */
  readonly place: string;
  /** Whether the person asked to be kept signed in. */
  readonly remembered: boolean;
  readonly createdAt: number;
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
  /** Null while it lives. */
  readonly endedAt: number | null;
  readonly endCause: EndCause | null;
}

export function toRow(signIn: StoredSignIn): SignInTable {
  return {
    id: signIn.id,
    slot: signIn.slot,
    account_id: signIn.accountId,
    methods: JSON.stringify(signIn.methods),
    proved_at: signIn.provedAt,
    device: signIn.device,
    place: signIn.place,
    remembered: signIn.remembered ? 1 : 0,
    created_at: signIn.createdAt,
    idle_seconds: signIn.idleSeconds,
    absolute_seconds: signIn.absoluteSeconds,
    ended_at: signIn.endedAt,
    end_cause: signIn.endCause,
    enforced_at: null,
    forget_at: null,
  };
}

export function fromRow(row: SignInTable | undefined): StoredSignIn | null {
  return row === undefined ? null : toSignIn(row);
}

export function toSignIn(row: SignInTable): StoredSignIn {
  return {
    id: row.id,
    slot: row.slot as Slot,
    accountId: row.account_id,
    methods: JSON.parse(row.methods) as readonly string[],
    provedAt: row.proved_at,
    device: row.device,
    place: row.place,
    remembered: row.remembered === 1,
    createdAt: row.created_at,
    idleSeconds: row.idle_seconds,
    absoluteSeconds: row.absolute_seconds,
    endedAt: row.ended_at,
    endCause: row.end_cause,
  };
}
