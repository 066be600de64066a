import { hash } from 'node:crypto';
import { envelopeBytes, seal, unseal } from '../sealed-envelope.ts';
import type { Slot } from '../session-store.ts';
import { type AddressFacts, addressFacts } from './address-facts.ts';

/**
 * What is in a link from one app to another: "ask this app whose browser this is". It opens nothing: the target starts a
 * hop, and only the hop's one-time token signs in. `<source>.` and 98 characters of base64url, at most 131.
 *
 * Sealed behind the dot: milliseconds (6 bytes) | the sender's lifetime in seconds, 0 for none (2) | mark of the sign-in (12) |
 * hash of the sending path (8) | hash of the client's address (8) | of its network (8). Bound to source and target with their
 * origins.
 */
const timeBytes = 6;
const lifetimeBytes = 2;
const markBytes = 12;
const hashBytes = 8;
const plainBytes = timeBytes + lifetimeBytes + markBytes + 3 * hashBytes;
const sealedCharacters = Math.ceil(((envelopeBytes + plainBytes) * 4) / 3);
const pattern = new RegExp(`^([a-z][a-z0-9-]{0,31})\\.([A-Za-z0-9_-]{${sealedCharacters}})$`);

/** In place of the hash of an address that nobody knew. */
const unknownHash = Buffer.alloc(hashBytes).toString('base64url');

/** Milliseconds an invitation may come from the future: clocks of machines that share a store differ by less. */
const skewMilliseconds = 5_000;

/** What an invitation is bound to. Origins are configured ones, never a request's `Host`. */
export interface InvitationBinding {
  readonly source: string;
  readonly sourceOrigin: string;
  readonly target: string;
  readonly targetOrigin: string;
}

/** What a sender says, and to whom. */
export interface InvitationFacts extends InvitationBinding {
  /** The sign-in of the browser that is shown the link. */
  readonly slot: Slot;
  /** Milliseconds since 1970, by the session store's clock. */
  readonly at: number;
  /** Seconds, 1 to 600, or null: the receiver's limit alone. Can only tighten it. */
  readonly lifetimeSeconds: number | null;
  /** Path and query of the page with the link, as a hash: to be recognised, not to be read. */
  readonly path: string;
  /** The client's address, or null where nobody knows it. */
  readonly address: string | null;
}

/** An invitation that opened. Its time is still to be judged. */
export interface OpenedInvitation {
  readonly kind: 'opened';
  readonly at: number;
  readonly lifetimeSeconds: number | null;
  /** Of the sign-in that the link was made for; see {@link isMarkOf}. */
  readonly mark: string;
  readonly pathHash: string;
  readonly address: AddressFacts | null;
}

/** Why an invitation did not open. */
export interface RefusedInvitation {
  readonly kind: 'refused';
  readonly why: 'malformed' | 'forged';
}

/** Seals an invitation under the newest key of the source. */
export function sealInvitation(
  key: Buffer,
  facts: InvitationFacts,
  randomBytes: (size: number) => Buffer,
): string {
  const head = Buffer.alloc(timeBytes + lifetimeBytes);
  head.writeUIntBE(facts.at, 0, timeBytes);
  head.writeUInt16BE(facts.lifetimeSeconds ?? 0, timeBytes);
  const address = facts.address === null ? null : addressFacts(facts.address, hashBytes);
  const hashes = [
    markOf(facts.slot),
    pathHashOf(facts.path),
    address?.whole ?? unknownHash,
    address?.network ?? unknownHash,
  ].map((text) => Buffer.from(text, 'base64url'));
  const plain = Buffer.concat([head, ...hashes]);
  return `${facts.source}.${seal({ keys: [key], purpose: purposeOf(facts) }, plain, randomBytes)}`;
}

/** The app that an invitation says it is from, or null where it has not the form of one. Says nothing about its truth. */
export function sourceOf(invitation: string): string | null {
  return pattern.exec(invitation)?.[1] ?? null;
}

/** Opens an invitation under any of the source's keys. Never throws. */
export function openInvitation(
  keys: readonly Buffer[],
  invitation: string,
  binding: InvitationBinding,
): OpenedInvitation | RefusedInvitation {
  const [, source, text] = pattern.exec(invitation) ?? [];
  if (source === undefined || text === undefined) return { kind: 'refused', why: 'malformed' };
  const opened = unseal({ keys, purpose: purposeOf(binding) }, text);
  if (opened.kind === 'refused') return opened;
  return source === binding.source ? read(opened.plain) : { kind: 'refused', why: 'forged' };
}

/**
 * Whether an invitation is too old or from the future, or null. `receiverSeconds` is the receiver's limit; what the sender
 * wrote counts where it is less. An age of the limit itself is too old.
 */
export function judgeTime(
  { at, lifetimeSeconds }: Pick<OpenedInvitation, 'at' | 'lifetimeSeconds'>,
  receiverSeconds: number,
  now: number,
): 'expired' | 'from-the-future' | null {
  const ageMilliseconds = now - at;
  const limit = Math.min(receiverSeconds, lifetimeSeconds ?? receiverSeconds);
  if (ageMilliseconds >= limit * 1000) return 'expired';
  return ageMilliseconds < -skewMilliseconds ? 'from-the-future' : null;
}

/** Whether the invitation was made for the sign-in of this slot. */
export function isMarkOf({ mark }: Pick<OpenedInvitation, 'mark'>, slot: Slot): boolean {
  return mark === markOf(slot);
}

function read(plain: Buffer): OpenedInvitation {
  const markAt = timeBytes + lifetimeBytes;
  const hashAt = (index: number): string => {
    const start = markAt + markBytes + index * hashBytes;
    return plain.toString('base64url', start, start + hashBytes);
  };
  const lifetime = plain.readUInt16BE(timeBytes);
  return {
    kind: 'opened',
    at: plain.readUIntBE(0, timeBytes),
    lifetimeSeconds: lifetime === 0 ? null : lifetime,
    mark: plain.toString('base64url', markAt, markAt + markBytes),
    pathHash: hashAt(0),
    address: hashAt(1) === unknownHash ? null : { whole: hashAt(1), network: hashAt(2) },
  };
}

/** A slot has 96 random bits, so its hash tells nobody which it is. */
function markOf(slot: Slot): string {
  return shortHash(`latchkey invitation mark\n${slot}`, markBytes);
}

/** What {@link OpenedInvitation.pathHash} is for a path: an operator can recognise a page by it, nobody can read it. */
export function pathHashOf(path: string): string {
  return shortHash(`latchkey invitation path\n${path}`, hashBytes);
}

function shortHash(text: string, bytes: number): string {
  return Buffer.from(hash('sha256', text, 'hex').slice(0, 2 * bytes), 'hex').toString('base64url');
}

function purposeOf(binding: InvitationBinding): string {
  const { source, sourceOrigin, target, targetOrigin } = binding;
  return `latchkey handshake invitation v1\n${source}\n${sourceOrigin}\n${target}\n${targetOrigin}`;
}
