import type { Packet } from 'dns-packet';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type Asked,
  code,
  record,
  type Said,
  type ScriptedServer,
  startScriptedServer,
} from '../../test/dns-server.ts';
import { startNsd } from '../../test/nsd-server.ts';
import { type TransferOptions, transferZone } from './axfr.ts';
import type { InputRecords } from './dns-record.ts';
import { parseZoneFile } from './zone-file.ts';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const zoneStart = '$TTL 300\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\nns A 10.0.0.53\n';

describe('from a real server', () => {
  test('a zone of many messages is the zone file itself', async () => {
    const lines = Array.from(
      { length: 5_000 },
      (_, at) => `host${at} CNAME x${at}.elsewhere.test.`,
    );
    const text = `${zoneStart}*.w AAAA 2001:db8::1\na\\.b A 10.0.0.1\nt TXT "x"\n${lines.join('\n')}\n`;
    const nsd = await startNsd([{ name: 'kittens.test', text, allowTransfer: true }]);
    closing.push(() => nsd.stop());
    const transferred = await transferZone({ zone: 'Kittens.test.', server: nsd.address });
    expect(transferred.errors).toEqual([]);
    expect(transferred.zones).toMatchObject([{ apex: 'kittens.test', complete: true }]);
    const file = parseZoneFile(text, { file: 'zone', origin: 'kittens.test' });
    expect(told(transferred)).toEqual(told(file));
  });

  test('a refusal says what to do', async () => {
    const nsd = await startNsd([{ name: 'kittens.test', text: zoneStart }]);
    closing.push(() => nsd.stop());
    const { errors, records } = await transferZone({ zone: 'kittens.test', server: nsd.address });
    expect(records).toEqual([]);
    expect(errors).toMatchObject([
      { file: `axfr:kittens.test@${nsd.address}`, reason: 'transfer-refused' },
    ]);
    expect(errors[0]?.message).toContain('refuses the transfer');
    const other = await transferZone({ zone: 'puppies.test', server: nsd.address });
    expect(other.errors[0]?.reason).toBe('transfer-refused');
  });
});

/** Owners, types and values of those types whose value is read. */
function told({ records }: InputRecords): readonly string[] {
  const read = records.map(({ owner, type, value }) => {
    return ['TXT', 'SOA'].includes(type) ? `${owner} ${type}` : `${owner} ${type} ${value}`;
  });
  return read.sort();
}

const soa = record('kittens.test', 'SOA', {
  mname: 'ns.kittens.test',
  rname: 'hostmaster.kittens.test',
});
const www = record('www.kittens.test', 'A', '10.0.0.1');

async function transfer(
  script: (asked: Asked) => Said,
  options: TransferOptions = {},
): Promise<InputRecords> {
  const server: ScriptedServer = await startScriptedServer(script);
  closing.push(() => server.stop());
  return transferZone(
    { zone: 'kittens.test', server: server.address },
    { idleMilliseconds: 200, ...options },
  );
}

function reasonsOf({ errors, records, zones }: InputRecords): readonly string[] {
  expect(records).toEqual([]);
  expect(zones).toEqual([]);
  return errors.map(({ reason }) => reason);
}

describe('a transfer', () => {
  test('ends with the second SOA, wherever the messages are cut', async () => {
    const whole: readonly Packet[][] = [
      [{ answers: [soa, www, soa] }],
      [{ answers: [soa] }, { answers: [www] }, { answers: [soa] }],
      [{ answers: [soa, www] }, { answers: [soa, www] }],
    ];
    for (const messages of whole) {
      const { records, errors } = await transfer(() => messages);
      expect(errors).toEqual([]);
      expect(records.map(({ type }) => type)).toEqual(['SOA', 'A']);
    }
  });

  test('that is cut off, silent, broken or of another zone gives nothing', async () => {
    const cut = await transfer(() => [{ answers: [soa, www] }]);
    expect(reasonsOf(cut)).toEqual(['transfer-timeout']);
    expect(reasonsOf(await transfer(() => null))).toEqual(['transfer-timeout']);
    expect(reasonsOf(await transfer(() => Buffer.from('no message')))).toEqual(['transfer-failed']);
    expect(reasonsOf(await transfer(() => ({ answers: [www, soa] })))).toEqual(['transfer-failed']);
    expect(reasonsOf(await transfer(() => ({ answers: [] })))).toEqual(['transfer-refused']);
    expect(reasonsOf(await transfer(() => code(2)))).toEqual(['transfer-failed']);
    expect(reasonsOf(await transfer(() => code(9)))).toEqual(['transfer-refused']);
    const other = record('puppies.test', 'SOA', { mname: 'a', rname: 'b' });
    expect(reasonsOf(await transfer(() => ({ answers: [other, www, other] })))).toEqual([
      'transfer-failed',
    ]);
  });

  test('without end stops at the limit of records and of time', async () => {
    const endless = Array.from({ length: 100 }, () => ({ answers: [soa, www, www, www] }));
    const many = endless.map((_, at) => ({ answers: at === 0 ? [soa, www] : [www, www, www] }));
    expect(reasonsOf(await transfer(() => many, { maxRecords: 50 }))).toEqual(['too-many-records']);
    const slow = await transfer(() => many, { idleMilliseconds: 60_000, totalMilliseconds: 100 });
    expect(reasonsOf(slow)).toEqual(['transfer-timeout']);
  });

  test('can be aborted, also before it began', async () => {
    const stop = AbortSignal.abort();
    expect(reasonsOf(await transfer(() => null, { signal: stop }))).toEqual(['transfer-timeout']);
  });

  test('from nobody, or of no zone, is an error value', async () => {
    const nobody = await transferZone({ zone: 'kittens.test', server: '127.0.0.1:1' });
    expect(reasonsOf(nobody)).toEqual(['transfer-failed']);
    expect(nobody.errors[0]?.message).toContain('ECONNREFUSED');
    expect(reasonsOf(await transferZone({ zone: 'a..b', server: '127.0.0.1' }))).toEqual([
      'bad-name',
    ]);
    expect(reasonsOf(await transferZone({ zone: 'a.b', server: 'a b' }))).toEqual(['bad-name']);
  });
});
