import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cookieDomain, type DomainOptions } from './domain.ts';

type Row = readonly [
  host: string,
  option: string | readonly string[] | null,
  tldLength: number | null,
  before: string | null,
  since: string | null,
];

interface RailsVectors {
  readonly cases: readonly {
    readonly inputs: {
      readonly host_header: string;
      readonly domain: string | readonly string[] | { readonly proc: string } | null;
      readonly tld_length?: number;
    };
    readonly outputs: { readonly domain: string | null };
  }[];
}

/** The proc that Rails was given: Ruby's `split` drops empty labels at the end. */
function withoutFirstLabel(host: string): string {
  const labels = host.replace(/\.+$/, '').split('.');
  return labels.length > 2 ? labels.slice(1).join('.') : host;
}

function optionsOf(
  option: string | readonly string[] | { readonly proc: string } | null,
  tldLength: number | null,
): DomainOptions {
  const isProc =
    option === 'proc' || (option !== null && typeof option === 'object' && 'proc' in option);
  const domain = isProc ? withoutFirstLabel : option === ':all' ? 'all' : option;
  return {
    domain: domain as DomainOptions['domain'] & {},
    ...(tldLength === null ? {} : { tldLength }),
  };
}

function hostOf(header: string): string {
  return header.replace(/:\d+$/, '');
}

const fixture = new URL('./fixtures/rails-domain.json', import.meta.url);
const rows = JSON.parse(readFileSync(fixture, 'utf8')) as Row[];

describe('cookieDomain', () => {
  test.each([
    ['6.1', 3],
    ['7.0', 3],
    ['7.1', 4],
  ] as const)('is what Rails %s emits, for every row of the fixture', (rails, column) => {
    expect(rows.length).toBeGreaterThan(600);
    const ours = rows.map(([host, option, tldLength]) => [
      host,
      option,
      tldLength,
      cookieDomain(hostOf(host), { ...optionsOf(option, tldLength), rails }),
    ]);
    expect(ours).toEqual(rows.map((row) => [row[0], row[1], row[2], row[column]]));
  });

  for (const version of ['6.1.7.10', '7.0.10', '7.1.6', '8.1.3.1']) {
    const file = new URL(
      `../../../../../shared/vectors/rails/domain-${version}.json`,
      import.meta.url,
    );
    if (!existsSync(file)) continue;
    test(`is what Rails ${version} emits, for every vector`, () => {
      const { cases } = JSON.parse(readFileSync(file, 'utf8')) as RailsVectors;
      const rails = version.startsWith('6.1') ? '6.1' : version.startsWith('7.0') ? '7.0' : '7.1';
      const ours = cases.map(({ inputs }) =>
        cookieDomain(hostOf(inputs.host_header), {
          ...optionsOf(inputs.domain, inputs.tld_length ?? null),
          rails,
        }),
      );
      expect(ours).toHaveLength(720);
      expect(ours).toEqual(cases.map(({ outputs }) => outputs.domain));
    });
  }

  test('the default is what Rails 7.1 and later emit', () => {
    expect(cookieDomain('shop.kittens.example', { domain: 'all' })).toBe('kittens.example');
    expect(cookieDomain('shop.kittens.example', {})).toBe(null);
  });
});
