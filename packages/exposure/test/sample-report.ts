import { parseSetCookie } from '../src/cookie.ts';
import { type AuditOptions, auditExposure } from '../src/exposure.ts';
import type { ExposureReport } from '../src/exposure-report.ts';
import type { HostSurvey } from '../src/host-survey.ts';

/** A survey with an address; a chain to `to` where it is given. */
export function survey(name: string, to?: string, change: Partial<HostSurvey> = {}): HostSurvey {
  const chain = to === undefined ? [] : [{ kind: 'cname' as const, from: name, to }];
  const source = { file: 'zones/example.com.zone', line: 7 };
  const rest = { delegation: null, outcome: 'resolved', proxied: false, source } as const;
  const wildcard = name.startsWith('*.');
  return { name, wildcard, chain, addresses: ['192.0.2.1'], ...rest, ...change };
}

/** The report of a cookie of example.com over the surveys, on 22 November 2026. */
export function sampleReport(
  surveys: readonly HostSurvey[],
  change: Partial<AuditOptions> = {},
  line = 'sid=1; Domain=example.com; Secure; HttpOnly; SameSite=Lax',
): ExposureReport {
  const parsed = parseSetCookie(line);
  if (parsed.kind !== 'cookie') throw new Error(parsed.why);
  const now = (): number => Date.parse('2026-11-22T12:00:00Z');
  return auditExposure({ surveys, cookie: parsed.cookie, now, ...change });
}

/** One of everything. */
export function variedReport(change: Partial<AuditOptions> = {}): ExposureReport {
  return sampleReport(
    [
      survey('example.com'),
      survey('www.example.com', 'example.com'),
      survey('help.example.com', 'acme.zendesk.com'),
      survey('metrics.example.com', 'x.eulerian.net'),
      survey('assets.example.com', 'gone.firm.net', { outcome: 'nxdomain', addresses: [] }),
      survey('*.preview.example.com', 'edge.previews.net'),
      survey('eu.example.com', undefined, {
        delegation: { zone: 'eu.example.com', servers: ['ns1.stranger.net'] },
      }),
      survey('loop.example.com', 'loop.example.com', { outcome: 'loop', addresses: [] }),
      survey('cdn.example.com', 'd1.cloudfront.net'),
    ],
    {
      apps: [
        { name: 'shop', host: 'shop.example.com', reach: 'shared' },
        { name: 'blog', host: 'blog.example.com', reach: 'shared' },
      ],
      baseline: [
        { ruleId: 'proxy', host: 'cdn.example.com', reason: 'ours to use', expires: '2027-01-31' },
      ],
      earlier: {
        generatedAt: '2026-11-01T00:00:00.000Z',
        partial: false,
        findings: [
          { ruleId: 'wildcard', severity: 'high', host: '*.old.example.com', message: 'm' },
        ],
      },
      ...change,
    },
  );
}
