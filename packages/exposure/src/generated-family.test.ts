import { expect, test } from 'vitest';
import { generateFamily } from '../test/generated-family.ts';
import { sampleReport } from '../test/sample-report.ts';
import { parseZoneFile } from './inputs/zone-file.ts';
import { surveyOffline } from './survey-offline.ts';

test.each([1, 20_261_122])(
  'of 10,000 names, 300 planted exposures of all kinds are found and none is invented (seed %i)',
  (seed) => {
    const { zone, planted } = generateFamily(10_000, 300, seed);
    const inputs = parseZoneFile(zone, { file: 'example.com.zone' });
    expect(inputs.errors).toEqual([]);
    const report = sampleReport(surveyOffline(inputs).hosts, {
      ownDomains: ['kittens-infra.net'],
      ownRanges: ['192.0.2.0/24', '2001:db8:1::/48'],
      accepted: ['accepted-desk.com'],
    });
    const found = new Map(report.findings.map(({ host, ruleId }) => [host, ruleId]));
    expect(planted.size).toBe(300);
    expect(new Set(planted.values()).size).toBe(7);
    const byName = (entries: ReadonlyMap<string, string>): string[] =>
      [...entries].map(([host, rule]) => `${host} ${rule}`).sort();
    expect(byName(found)).toEqual(byName(planted));
    const receiving = report.hosts.filter(({ receives }) => receives).map(({ name }) => name);
    const missed = [...planted].filter(
      ([host, rule]) => rule !== 'unknown' && !receiving.includes(host),
    );
    expect(missed).toEqual([]);
  },
);
