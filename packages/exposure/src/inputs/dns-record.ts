import type { Source } from '../host-survey.ts';

/**
 * One record as an input gave it. `value` is the target of CNAME, DNAME, NS, PTR and ALIAS (normalized), the address of
 * A and AAAA, and the data as written of every other type, which nothing here interprets.
 */
export interface DnsRecord {
  /** Normalized; `*.x` for a wildcard. */
  readonly owner: string;
  /** Upper case; `ALIAS` for a provider's alias, `TYPE123` where the type has no name here. */
  readonly type: string;
  readonly value: string;
  /** A provider's own proxy answers for the name. */
  readonly proxied: boolean;
  readonly source: Source;
}

/** A name without records: from a list of hosts or a certificate log. */
export interface NamedHost {
  readonly name: string;
  readonly source: Source;
}

/** A zone of the family. */
export interface KnownZone {
  readonly apex: string;
  /** What the input does not have does not exist: a whole zone, not a fragment. */
  readonly complete: boolean;
  /** The input that it was read from. */
  readonly file: string;
  /**
   * What says so: an SOA or the export itself, a transfer, the origin of a file, the name of a file, or the registrable
   * domains of the names in it.
   */
  readonly via: 'soa' | 'export' | 'transfer' | 'origin' | 'file-name' | 'names';
}

export type InputProblem =
  | 'unreadable'
  | 'too-large'
  | 'not-text'
  | 'unknown-format'
  | 'bad-syntax'
  | 'bad-json'
  | 'bad-name'
  | 'bad-address'
  | 'bad-data'
  | 'bad-apex'
  | 'unknown-type'
  | 'bad-ttl'
  | 'no-owner'
  | 'unclosed-quote'
  | 'unclosed-parenthesis'
  | 'unknown-directive'
  | 'bad-directive'
  | 'include-refused'
  | 'include-cycle'
  | 'too-many-includes'
  | 'too-many-records'
  | 'incomplete'
  | 'transfer-refused'
  | 'transfer-failed'
  | 'transfer-timeout';

/** What was wrong in an input, where. The rest of the input is read all the same. */
export interface InputError {
  readonly file: string;
  /** From 1; 0 where the input has no lines. */
  readonly line: number;
  readonly reason: InputProblem;
  /** A sentence for people. Holds no data of the input but names. */
  readonly message: string;
}

/** What a reader made of its input. */
export interface InputRecords {
  readonly records: readonly DnsRecord[];
  readonly names: readonly NamedHost[];
  readonly zones: readonly KnownZone[];
  readonly errors: readonly InputError[];
}
