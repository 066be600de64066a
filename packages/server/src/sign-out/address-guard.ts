import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import { LatchkeyError } from '@latchkey/session';
import {
  Agent,
  buildConnector,
  type RequestInit as UndiciInit,
  fetch as undiciFetch,
} from 'undici';
import type { ServerErrorCode } from '../errors.ts';
import { type AddressRanges, createAddressRanges } from './address-ranges.ts';
import type { OutgoingFetch } from './deliver.ts';

/** Finds the addresses of a host name. Rejects when there are none. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export interface OutgoingCallsOptions {
  /** CIDR ranges of the installation that may be called although they are not public. Default none. */
  readonly allowedRanges?: readonly string[];
  /** Then names under `.localhost` are 127.0.0.1 and may be called, also by http. Default false. */
  readonly isDevelopment?: boolean;
  /** Default the system's resolver. */
  readonly resolve?: Resolve;
}

/** The one way out of the login host to addresses that come from configuration or registration. */
export interface OutgoingCalls {
  /**
   * As `fetch`, for a URL (no Request object). Redirects are never followed. Rejects with a TypeError whose `cause`
   * is `address_refused` (LatchkeyError) when the host resolves to no allowed address.
   */
  readonly fetch: OutgoingFetch;
  /** Whether a call to this URL would be refused as things stand. `unknown`: its host resolves to nothing. */
  judge(url: string): Promise<'allowed' | 'refused' | 'unknown'>;
  /** Closes all connections; calls under way fail. */
  close(): Promise<void>;
}

type Protocol = 'http:' | 'https:';
/** What an address may be called by. */
type Permit = (address: string) => boolean;
type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

const connectMilliseconds = 5000;
const connectionsPerOrigin = 8;
const maxResponseBytes = 1_048_576;

/**
 * Guards against being led into the internal network (server-side request forgery). The address is judged after
 * resolving, at connect time and for every connection, and the connection goes to the address that was judged. Refused
 * are all special-purpose ranges unless allowed, metadata services always, and http anywhere but in an allowed range
 * or, in development, under `.localhost`. Throws `option_invalid` for a range that is none.
 */
export function createOutgoingCalls(options: OutgoingCallsOptions = {}): OutgoingCalls {
  const { allowedRanges = [], isDevelopment = false, resolve = resolveBySystem } = options;
  const guard = { ranges: createAddressRanges(allowedRanges), isDevelopment, resolve };
  const agent = new Agent({
    connect: guardedConnector(guard),
    connections: connectionsPerOrigin,
    maxResponseSize: maxResponseBytes,
  });
  return {
    async fetch(url, init = {}) {
      // undici's own fetch: the Agent does not fit the one inside Node. Last come what no caller may change.
      const guarded = { ...init, redirect: 'manual', dispatcher: agent };
      const response = await undiciFetch(url, guarded as unknown as UndiciInit);
      return response as unknown as Response;
    },
    judge: (url) => judgeUrl(guard, new URL(url)),
    close: () => agent.destroy(),
  };
}

/** By what addresses are judged. */
interface AddressGuard {
  readonly ranges: AddressRanges;
  readonly isDevelopment: boolean;
  readonly resolve: Resolve;
}

function guardedConnector({
  ranges,
  isDevelopment,
  resolve,
}: AddressGuard): buildConnector.connector {
  const connectorFor = (protocol: Protocol): ((name: string) => buildConnector.connector) => {
    const permit = permitFor(ranges, protocol);
    const strict = buildConnector({
      timeout: connectMilliseconds,
      allowH2: false,
      lookup: guardedLookup(permit, resolve),
    });
    const loopback = buildConnector({
      timeout: connectMilliseconds,
      allowH2: false,
      lookup: guardedLookup(() => true, resolveToLoopback),
    });
    return (name) => {
      if (isDevelopment && isUnderLocalhost(name)) return loopback;
      // For an address in the URL itself no lookup is made.
      return isIP(name) !== 0 && !permit(name) ? refuseToConnect : strict;
    };
  };
  const http = connectorFor('http:');
  const https = connectorFor('https:');
  return (target, callback) => {
    const name = target.hostname.replace(/^\[|\]$/g, '');
    const connect = target.protocol === 'https:' ? https(name) : http(name);
    return connect(target, callback);
  };
}

function permitFor(ranges: AddressRanges, protocol: string): Permit {
  return (address) => {
    const verdict = ranges.judge(address);
    return verdict === 'allowed' || (verdict === 'public' && protocol === 'https:');
  };
}

async function judgeUrl(
  { ranges, isDevelopment, resolve }: AddressGuard,
  url: URL,
): Promise<'allowed' | 'refused' | 'unknown'> {
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const permit = permitFor(ranges, url.protocol);
  if (isIP(name) !== 0) return permit(name) ? 'allowed' : 'refused';
  if (isDevelopment && isUnderLocalhost(name)) return 'allowed';
  const found = await resolve(name).catch(() => []);
  if (found.length === 0) return 'unknown';
  return found.some(({ address }) => permit(address)) ? 'allowed' : 'refused';
}

const refuseToConnect: buildConnector.connector = (target, callback) => {
  callback(refused(target.hostname), null);
};

/** A lookup for `net.connect` that gives only addresses that are permitted. */
function guardedLookup(permit: Permit, resolve: Resolve) {
  return (hostname: string, options: LookupOptions, callback: LookupCallback): void => {
    resolve(hostname).then(
      (found) => {
        const permitted = found.filter(({ address }) => permit(address));
        const [first] = permitted;
        if (first === undefined) callback(refused(hostname), []);
        else if (options.all === true) callback(null, permitted);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
}

function isUnderLocalhost(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost');
}

function resolveToLoopback(): Promise<readonly LookupAddress[]> {
  return Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
}

function resolveBySystem(hostname: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) =>
      error === null ? resolve(addresses) : reject(error),
    );
  });
}

function refused(hostname: string): LatchkeyError<ServerErrorCode> {
  return new LatchkeyError<ServerErrorCode>(
    'address_refused',
    `No call is made to '${hostname}': its address is private, special or a metadata service, or the scheme is http. Allow the range of an internal network in the configuration if this is one of your apps.`,
  );
}
