import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleReport, survey, variedReport } from '../../test/sample-report.ts';
import { rules } from '../rules.ts';
import { toHtml } from './html.ts';
import { toJson } from './json.ts';
import { toSarif } from './sarif.ts';
import { toText } from './text.ts';

const schema = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../schema/report-1.json', import.meta.url)), 'utf8'),
) as object;

interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly suppressions?: readonly unknown[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly locations: readonly {
    readonly physicalLocation?: {
      readonly artifactLocation: { readonly uri: string };
      readonly region?: { readonly startLine: number };
    };
  }[];
}

interface SarifRun {
  readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
  readonly invocations: readonly { readonly executionSuccessful: boolean }[];
  readonly results: readonly SarifResult[];
}

function runOf(text: string): SarifRun {
  const log = JSON.parse(text) as { readonly version: string; readonly runs: readonly SarifRun[] };
  expect(log.version).toBe('2.1.0');
  const [run] = log.runs;
  if (run === undefined) throw new Error('no run');
  return run;
}

test('JSON is as its schema says, with and without everything', () => {
  const check = new Ajv2020({ allErrors: true, strictTypes: false }).compile(schema);
  const reports = [
    variedReport(),
    sampleReport([]),
    sampleReport([survey('a.example.com')], {}, 'a=1'),
  ];
  for (const report of reports) {
    check(JSON.parse(toJson(report)));
    expect(check.errors ?? []).toEqual([]);
    expect(JSON.parse(toJson(report))).toEqual(JSON.parse(JSON.stringify(report)));
  }
});

test('the schema knows every rule', () => {
  const { $defs } = schema as {
    readonly $defs: { readonly rule: { readonly enum: readonly string[] } };
  };
  expect([...$defs.rule.enum].sort()).toEqual(Object.keys(rules).sort());
});

test('SARIF has a rule for each kind, and every result points at its rule, file and line', () => {
  const run = runOf(toSarif(variedReport(), { version: '1.2.3' }));
  const ids = run.tool.driver.rules.map(({ id }) => id);
  expect(ids).toEqual(Object.keys(rules));
  expect(run.results.length).toBe(7);
  for (const result of run.results) {
    expect(ids[result.ruleIndex]).toBe(result.ruleId);
    expect(['error', 'warning', 'note']).toContain(result.level);
    expect(result.message.text).not.toBe('');
    expect(result.locations[0]?.physicalLocation).toEqual({
      artifactLocation: { uri: 'zones/example.com.zone' },
      region: { startLine: 7 },
    });
  }
  expect(run.results.filter(({ suppressions }) => suppressions !== undefined).length).toBe(1);
});

test('a result stays the same when lines move, and becomes another with another operator', () => {
  const fingerprint = (line: number, target: string): string | undefined => {
    const source = { file: 'a.zone', line };
    const report = sampleReport([survey('a.example.com', target, { source })]);
    const [result] = runOf(toSarif(report, { version: '1.0.0' })).results;
    return Object.values(result?.partialFingerprints ?? {})[0];
  };
  expect(fingerprint(3, 'x.firm.net')).toBe(fingerprint(90, 'x.firm.net'));
  expect(fingerprint(3, 'x.firm.net')).not.toBe(fingerprint(3, 'x.other.net'));
});

test('SARIF says when a run was interrupted, and takes any file name', () => {
  const source = { file: '/tmp/a b/\ud800#?.zone', line: 0 };
  const report = sampleReport([survey('a.example.com', 'x.firm.net', { source })], {
    isPartial: true,
  });
  const run = runOf(toSarif(report, { version: '1.0.0' }));
  expect(run.invocations[0]?.executionSuccessful).toBe(false);
  const place = run.results[0]?.locations[0]?.physicalLocation;
  expect(place).toEqual({ artifactLocation: { uri: 'file:///tmp/a%20b/%EF%BF%BD%23%3F.zone' } });
});

test('text has the worst first, colour only when asked, and no control characters of names', () => {
  const report = sampleReport([
    survey('a.example.com', 'x.firm.net'),
    survey('\u001b[31mred\u202e.example.com', 'x.eulerian.net'),
  ]);
  const text = toText(report);
  expect(text.indexOf('critical')).toBeLessThan(text.indexOf('a.example.com is answered'));
  expect(text).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  expect(toText(report, { colour: true })).toContain('\u001b[');
  expect(text.split('\n').every((line) => line.length <= 100)).toBe(true);
});

/** The tags of a page with the values of their attributes left out; sorted, as names decide the order of hosts. */
function tagsOf(page: string): readonly string[] {
  return [...page.matchAll(/<[^<>]*>/g)].map(([tag]) => tag.replace(/"[^"]*"/g, '""')).sort();
}

test('no name changes the tags of the page', () => {
  const page = (label: string): string => {
    const surveys = [
      survey(`${label}.example.com`, `${label}.firm.net`, { source: { file: label, line: 1 } }),
      survey(`*.${label}.example.org`, `${label}.eulerian.net`),
    ];
    const entry = { ruleId: 'wildcard', host: 'x', reason: label, expires: '2027-01-01' };
    return toHtml(sampleReport(surveys, { baseline: [entry], notes: [label], lists: [] }));
  };
  const harmless = tagsOf(page('a'));
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }),
    fc.constantFrom(
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      "' onmouseover='alert(1)",
      '</style><script>',
      '<!--',
      ']]>',
      '&lt;b&gt;',
    ),
  );
  const label = hostile
    .map((text) => text.replaceAll('.', '-'))
    .filter((text) => !text.startsWith('_'));
  fc.assert(
    fc.property(label, (text) => {
      expect(tagsOf(page(text))).toEqual(harmless);
    }),
    { numRuns: 100 },
  );
}, 60_000);

test('the page allows no script, loads nothing and has its style by hash', () => {
  const page = toHtml(variedReport());
  expect(page).toContain('default-src &#39;none&#39;; style-src &#39;sha256-');
  expect(page).not.toMatch(/<(?:script|link|img|iframe|object|embed|form|base)\b/);
  expect(page).not.toMatch(/ (?:on\w+|style|src|href)=/);
});

test('five thousand hosts make a page that is folded to what matters', () => {
  const own = Array.from({ length: 4_980 }, (_, index) => survey(`h${index}.example.com`));
  const foreign = Array.from({ length: 20 }, (_, index) =>
    survey(`f${index}.example.com`, `x.firm${index}.net`),
  );
  const page = toHtml(sampleReport([...own, ...foreign]));
  expect(page.length).toBeLessThan(3_000_000);
  expect(page).toContain('4,980 more of your own hosts');
  expect(page).toContain('more operators');
});
