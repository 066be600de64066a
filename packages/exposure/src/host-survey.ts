/** Where a name stands: the input it came from. `line` counts from 1; 0 where the input has no lines. */
export interface Source {
  readonly file: string;
  readonly line: number;
}

/**
 * One step from a host to what answers for it. `alias`: a provider's alias, which DNS itself does not show. `https`, `svcb`:
 * the target of such a record (RFC 9460), which browsers may take besides the addresses of the name itself.
 */
export interface Hop {
  readonly kind: 'cname' | 'dname' | 'alias' | 'https' | 'svcb';
  /** The name that points. Lower case, A-labels, no trailing dot; so are all names here. */
  readonly from: string;
  readonly to: string;
}

/**
 * How the question for a host's addresses ended. `unasked`: the run was offline and the chain leaves what is known, or
 * the server that was asked only refers to the servers of a delegated zone.
 * `servfail`, `refused` and `timeout` say nothing about the name; `nxdomain` and `nodata` do.
 */
export type Outcome =
  | 'resolved'
  | 'unasked'
  | 'nxdomain'
  | 'nodata'
  | 'servfail'
  | 'refused'
  | 'timeout'
  | 'loop'
  | 'too-long';

/** A zone that is handed to name servers: everything at and below it is theirs to answer. */
export interface Delegation {
  readonly zone: string;
  readonly servers: readonly string[];
}

/** What DNS says about one name: facts without judgement. Judged by `judge-host.ts`. */
export interface HostSurvey {
  /** The host, or `*.x` for a wildcard. */
  readonly name: string;
  readonly wildcard: boolean;
  /** From the host on, in order; also where it ends in nothing. */
  readonly chain: readonly Hop[];
  /** IPv4 and IPv6 addresses at the end of the chain. */
  readonly addresses: readonly string[];
  /** The nearest delegation at or above the name, below the family's own zone; null without one. */
  readonly delegation: Delegation | null;
  readonly outcome: Outcome;
  /** A provider says that its own proxy answers for the name (Cloudflare's `proxied`). */
  readonly proxied: boolean;
  readonly source: Source | null;
  /** The `*.x` that answers for a name which has no records of its own, where that is known. */
  readonly viaWildcard?: string;
}

/** A name that was asked about and holds no address, CNAME or delegation: never a receiver. */
export interface AbsentName {
  readonly name: string;
  readonly outcome: 'nxdomain' | 'nodata';
  readonly source: Source | null;
}
