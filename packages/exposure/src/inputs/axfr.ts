import { randomInt } from 'node:crypto';
import { decodeMessage, encodeQuery, type WireMessage, type WireRecord } from '../dns/message.ts';
import { normalizeName } from '../dns/name.ts';
import { parseServerAddress, type ServerAddress, serverText } from '../dns/server-address.ts';
import { TcpSilence, tcpMessages } from '../dns/tcp-messages.ts';
import type { DnsRecord, InputProblem, InputRecords, KnownZone } from './dns-record.ts';

export interface TransferOptions {
  /** Milliseconds without a byte. Default 10,000. */
  readonly idleMilliseconds?: number;
  /** Milliseconds for the whole transfer. Default 120,000. */
  readonly totalMilliseconds?: number;
  /** Records. Default 2,000,000. */
  readonly maxRecords?: number;
  readonly signal?: AbortSignal;
  /** A random message id, 0 to 65,535. Default: from the system's generator. */
  readonly messageId?: () => number;
}

/** A zone and the server that is asked for it: `127.0.0.1:53`, `ns1.example.com`, `[::1]:5353`. */
export interface ZoneTransfer {
  readonly zone: string;
  readonly server: string;
}

/**
 * Transfers a zone over TCP (AXFR, RFC 5936): any number of messages, from the zone's SOA to its second one. A refusal, a
 * silent server, a broken answer and one that is too long are error values. Records carry `axfr:zone@server` as their
 * file and line 0. No TSIG: a server that asks for it refuses.
 */
export async function transferZone(
  transfer: ZoneTransfer,
  options: TransferOptions = {},
): Promise<InputRecords> {
  const zone = normalizeName(transfer.zone);
  const server = parseServerAddress(transfer.server);
  const file = `axfr:${transfer.zone}@${transfer.server}`;
  if (zone.kind === 'invalid') return failed(file, 'bad-name', `The zone is no name: ${zone.why}.`);
  if (server === null) return failed(file, 'bad-name', 'The server is no host and port.');
  const reading: Reading = {
    zone: zone.name,
    server,
    file,
    id: options.messageId?.() ?? randomInt(65_536),
    maxRecords: options.maxRecords ?? 2_000_000,
    records: [],
    started: false,
  };
  const deadline = AbortSignal.timeout(options.totalMilliseconds ?? 120_000);
  const signal =
    options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
  try {
    const { idleMilliseconds = 10_000 } = options;
    return await readTransfer(reading, { idleMilliseconds, signal });
  } catch (cause) {
    return ofBreakage(reading, cause, signal.aborted);
  }
}

interface Reading {
  readonly zone: string;
  readonly server: ServerAddress;
  readonly file: string;
  readonly id: number;
  readonly maxRecords: number;
  readonly records: DnsRecord[];
  started: boolean;
}

async function readTransfer(
  reading: Reading,
  limits: { readonly idleMilliseconds: number; readonly signal: AbortSignal },
): Promise<InputRecords> {
  const { id, zone, server, file } = reading;
  const query = encodeQuery({ id, name: zone, type: 'AXFR', edns: false });
  for await (const octets of tcpMessages(server, query, limits)) {
    const message = decodeMessage(octets);
    if (message === null || message.id !== id || !message.isReply) {
      return failed(file, 'transfer-failed', 'The server sent something that is no answer.');
    }
    if (message.rcode !== 'noerror') return ofRefusal(reading, message.rcode);
    const next = takeRecords(reading, message);
    if (next === 'done') {
      const zones: readonly KnownZone[] = [{ apex: zone, complete: true, file, via: 'transfer' }];
      return { records: reading.records, names: [], zones, errors: [] };
    }
    if (next !== 'more') return failed(file, next.reason, next.message);
  }
  if (!reading.started) return failed(file, 'transfer-refused', closedTransfer);
  return failed(
    file,
    'transfer-failed',
    'The transfer ended before the second SOA: it is cut off.',
  );
}

const closedTransfer =
  'The server closed the connection: it does not allow a transfer to this machine. Use its zone file.';

type Next = 'more' | 'done' | { readonly reason: InputProblem; readonly message: string };

function takeRecords(reading: Reading, message: WireMessage): Next {
  for (const record of message.answers) {
    const isApexSoa = record.type === 'SOA' && record.owner === reading.zone;
    if (!reading.started) {
      const text = 'The answer does not begin with the SOA of the zone.';
      if (!isApexSoa) return { reason: 'transfer-failed', message: text };
      reading.started = true;
    } else if (isApexSoa) {
      return 'done';
    }
    if (reading.records.length >= reading.maxRecords) {
      const text = `The zone has more than ${reading.maxRecords} records.`;
      return { reason: 'too-many-records', message: text };
    }
    reading.records.push(recordOf(record, reading.file));
  }
  if (reading.started) return 'more';
  return {
    reason: 'transfer-refused',
    message: 'The server answers without records: it has no such zone.',
  };
}

function recordOf({ owner, type, value }: WireRecord, file: string): DnsRecord {
  return { owner, type, value, proxied: false, source: { file, line: 0 } };
}

function ofRefusal({ file, server }: Reading, rcode: string): InputRecords {
  const text = serverText(server);
  // NOTAUTH (9): the server does not have the zone (RFC 5936 s.2.2.1).
  if (rcode === 'refused' || rcode === 'rcode9' || rcode === 'notimp') {
    const message = `${text} refuses the transfer (${rcode}): allow it for this machine, or use the zone file.`;
    return failed(file, 'transfer-refused', message);
  }
  return failed(file, 'transfer-failed', `${text} answers the transfer with ${rcode}.`);
}

function ofBreakage({ file, server }: Reading, cause: unknown, aborted: boolean): InputRecords {
  const text = serverText(server);
  if (aborted || cause instanceof TcpSilence) {
    return failed(file, 'transfer-timeout', `${text} did not finish the transfer in time.`);
  }
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'broken off';
  return failed(file, 'transfer-failed', `${text} cannot be reached over TCP: ${code}.`);
}

function failed(file: string, reason: InputProblem, message: string): InputRecords {
  return { records: [], names: [], zones: [], errors: [{ file, line: 0, reason, message }] };
}
