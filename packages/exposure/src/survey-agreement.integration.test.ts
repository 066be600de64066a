import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startNsd } from '../test/nsd-server.ts';
import { labelsOf } from './dns/name.ts';
import type { HostSurvey } from './host-survey.ts';
import { parseHostList } from './inputs/host-list.ts';
import { mergeInputs } from './inputs/merge-inputs.ts';
import { parseZoneFile } from './inputs/zone-file.ts';
import { surveyLive } from './survey-live.ts';
import { surveyOffline } from './survey-offline.ts';

const soa = '@ 300 SOA ns hostmaster 1 2 3 4 60\n@ 300 NS ns.elsewhere.example.\n';
const zoneCount = 40;
const label = fc.constantFrom('a', 'b', 'c', 'd');
const owner = fc
  .tuple(fc.constantFrom('', '*.'), fc.array(label, { minLength: 1, maxLength: 3 }))
  .map(([star, labels]) => star + labels.join('.'));
const plain = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));

/** At most one set of records an owner, so that the zone is one that a server loads. */
const zone = fc.uniqueArray(
  fc.record({
    owner,
    data: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('A 192.0.2.1', 'AAAA 2001:db8::1', 'TXT "words"') },
      { weight: 6, arbitrary: plain.map((name) => `CNAME ${name}`) },
      { weight: 1, arbitrary: plain.map((name) => `DNAME ${name}`) },
    ),
  }),
  { minLength: 4, maxLength: 14, selector: (entry) => entry.owner },
);

/** Without names below a DNAME and wildcard DNAMEs, which servers refuse to load. */
function textOf(entries: readonly { readonly owner: string; readonly data: string }[]): string {
  const dnames = entries.filter(({ data }) => data.startsWith('DNAME'));
  const kept = entries.filter((entry) => {
    const isBelow = dnames.some((dname) => entry.owner.endsWith(`.${dname.owner}`));
    return !isBelow && !(entry.data.startsWith('DNAME') && entry.owner.startsWith('*'));
  });
  return soa + kept.map(({ owner: name, data }) => `${name} 300 ${data}\n`).join('');
}

function factsOf(hosts: readonly HostSurvey[]): ReadonlyMap<string, unknown> {
  return new Map(
    hosts.map(({ name, chain, addresses, outcome }) => {
      return [name, { chain, addresses: [...addresses].sort(), outcome }];
    }),
  );
}

test('records alone say what a real server says, for chains, wildcards, DNAMEs, loops and names between', async () => {
  const zones = fc.sample(zone, { numRuns: zoneCount, seed: 20_261_122 }).map((entries, at) => {
    return { name: `z${at}.test`, text: textOf(entries) };
  });
  const labels = ['a', 'b', 'c', 'd'];
  const asked = labels.flatMap((one) =>
    labels.flatMap((two) => [one, `${one}.${two}`, `x.${one}.${two}`]),
  );
  const nsd = await startNsd(zones);
  const outcomes = new Set<string>();
  try {
    for (const { name, text } of zones) {
      const file = parseZoneFile(text, { file: name, origin: name });
      expect(file.errors).toEqual([]);
      const list = parseHostList(asked.map((host) => `${host}.${name}`).join('\n'), 'list');
      const inputs = mergeInputs([file, list]);
      const offline = surveyOffline(inputs);
      const live = await surveyLive(inputs, { servers: [nsd.address] });
      if (live.kind !== 'surveyed') throw new Error(live.server);
      expect(live.differences).toEqual([]);
      for (const { outcome } of offline.hosts) outcomes.add(outcome);
      const [said, told] = [factsOf(live.hosts), factsOf(offline.hosts)];
      for (const [host, facts] of told) {
        // Of a whole subtree the records know that it goes elsewhere, a server also where one name of it ends.
        const isSubtree =
          host.startsWith('*.') &&
          offline.hosts.some((one) => one.name === host && one.chain[0]?.kind === 'dname');
        if (!isSubtree) expect([host, text, said.get(host)]).toEqual([host, text, facts]);
      }
      expect([...told.keys()].filter((host) => !said.has(host))).toEqual([]);
      const found = [...said.keys()].filter((host) => !told.has(host));
      expect(found.filter((host) => labelsOf(host)[0] !== '*')).toEqual([]);
    }
  } finally {
    await nsd.stop();
  }
  // The zones must have had something of each.
  expect([...outcomes].sort().join(' ')).toBe('loop nodata nxdomain resolved too-long unasked');
});
