import type { Delegation, Hop, Outcome } from '../host-survey.ts';
import type { WireMessage, WireRecord } from './message.ts';
import { isAtOrBelow, isBelow, labelsOf, rewriteSuffix } from './name.ts';
import type { Reply } from './resolver.ts';

/** What one reply says about one name. */
export interface Answer {
  /** CNAMEs and DNAMEs from the name on, as many as the reply holds. */
  readonly hops: readonly Hop[];
  /** The name at which they end. */
  readonly end: string;
  readonly addresses: readonly string[];
  /** How it ended; null where the reply stops in mid-chain and `end` has to be asked. */
  readonly outcome: Outcome | null;
  /** The zone that `end` is in, where the reply names it (SOA of a negative answer, RFC 2308 s.3). */
  readonly zone: string | null;
  /** The server does not answer itself but names those that do. */
  readonly referral: Delegation | null;
  /** A record of it may not be kept (TTL 0): asked again, the answer may be another. */
  readonly isFleeting: boolean;
  /** The server would have followed the chain itself. */
  readonly isRecursive: boolean;
}

/** Reads a reply to `name` and the address type that was asked. An aborted run has no answer: null. */
export function readAnswer(reply: Reply, name: string, type: string): Answer | null {
  if (reply.kind === 'message') return readMessage(reply.message, name, type);
  return reply.why === 'aborted' ? null : { ...emptyAnswer, end: name, outcome: reply.why };
}

const emptyAnswer = {
  hops: [],
  addresses: [],
  zone: null,
  referral: null,
  isFleeting: false,
  isRecursive: false,
} as const;

function readMessage(message: WireMessage, name: string, type: string): Answer {
  const { hops, end, isLoop } = followHops(message.answers, name);
  const addresses = message.answers
    .filter((record) => record.type === type && record.owner === end)
    .map((record) => record.value);
  const isFleeting = message.answers.some((record) => record.ttl === 0);
  const zone = zoneOf(message, end);
  const isRecursive = message.recursionAvailable;
  const found = { hops, end, addresses, zone, isFleeting, isRecursive, referral: null };
  if (isLoop) return { ...found, outcome: 'loop' };
  if (addresses.length > 0) return { ...found, outcome: 'resolved' };
  // The code is that of the last name of the chain (RFC 6604 s.2).
  if (message.rcode === 'nxdomain') return { ...found, outcome: 'nxdomain' };
  if (message.rcode !== 'noerror' || zone !== null) return { ...found, outcome: 'nodata' };
  if (hops.length > 0) return { ...found, outcome: null };
  return { ...found, ...readReferral(message, name) };
}

function followHops(
  answers: readonly WireRecord[],
  name: string,
): { readonly hops: readonly Hop[]; readonly end: string; readonly isLoop: boolean } {
  const hops: Hop[] = [];
  const seen = new Set([name]);
  let end = name;
  for (let hop = hopFrom(answers, end); hop !== null; hop = hopFrom(answers, end)) {
    hops.push(hop);
    end = hop.to;
    if (seen.has(end)) return { hops, end, isLoop: true };
    seen.add(end);
  }
  return { hops, end, isLoop: false };
}

/** A DNAME comes with the CNAME that it makes (RFC 6672 s.3.1): told once, as what it is. */
function hopFrom(answers: readonly WireRecord[], from: string): Hop | null {
  const dname = answers.find((record) => record.type === 'DNAME' && isBelow(from, record.owner));
  if (dname !== undefined) {
    const to = rewriteSuffix(from, dname.owner, dname.value);
    return to === null ? null : { kind: 'dname', from, to };
  }
  const cname = answers.find((record) => record.type === 'CNAME' && record.owner === from);
  return cname === undefined ? null : { kind: 'cname', from, to: cname.value };
}

function zoneOf(message: WireMessage, name: string): string | null {
  const soa = message.authorities.find(
    (record) => record.type === 'SOA' && isAtOrBelow(name, record.owner),
  );
  return soa?.owner ?? null;
}

/** Empty without an SOA: a referral to the servers of a zone below, one upwards (a lame server), or plain NODATA. */
function readReferral(
  message: WireMessage,
  name: string,
): { readonly outcome: Outcome; readonly referral: Delegation | null } {
  const referral = referralOf(message, name);
  if (referral === null || message.authoritative) return { outcome: 'nodata', referral: null };
  const isUpward = labelsOf(referral.zone).length < 2;
  return isUpward ? { outcome: 'servfail', referral: null } : { outcome: 'unasked', referral };
}

/** The name servers that the authority section gives for the name. */
export function referralOf(message: WireMessage, name: string): Delegation | null {
  const servers = message.authorities.filter(
    (record) => record.type === 'NS' && isAtOrBelow(name, record.owner),
  );
  const zone = servers[0]?.owner;
  if (zone === undefined) return null;
  const names = servers.filter(({ owner }) => owner === zone).map(({ value }) => value);
  return { zone, servers: [...new Set(names)] };
}
