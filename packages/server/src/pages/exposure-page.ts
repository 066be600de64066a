import { html } from 'hono/html';
import { quietActions } from './actions.ts';
import type { Html } from './html.ts';
import type { Catalogue } from './languages/en.ts';
import type { Page } from './page.ts';

/** What the page of the exposure guard shows. Texts of findings come from outside, in English. */
export interface ExposureShown {
  readonly policy: 'refuse' | 'warn';
  /** Severity from which a finding counts for the policy. */
  readonly failOn: string;
  readonly isPaused: boolean;
  readonly cookieDomain: string;
  /** The worst first. */
  readonly findings: readonly {
    readonly ruleId: string;
    readonly severity: string;
    readonly host: string;
    readonly message: string;
  }[];
  /** Milliseconds since the last check that came to an end; null before the first. */
  readonly checkedAgo: number | null;
  /** The newest check, where it failed. */
  readonly failure: {
    readonly why: keyof Catalogue['exposure']['failures'];
    readonly ago: number;
  } | null;
  /** Paths of the whole report. */
  readonly reports: { readonly html: string; readonly json: string };
}

/** The rest is in the report. */
const findingsShown = 50;

/** Who else gets the shared cookie, for administrators. */
export function exposurePage(shown: ExposureShown): Page {
  const { isPaused, cookieDomain, checkedAgo } = shown;
  return {
    isAccountPage: true,
    isWide: true,
    content: (t) => ({
      title: t.exposure.title,
      body: html`${isPaused ? html`<p class="alert" role="status">${t.exposure.paused}</p>` : ''}${failed(t, shown)}
<p class="lead">${t.exposure.domain(cookieDomain)} ${policyWords(t, shown)}</p>
${checkedAgo === null ? html`<div class="empty"><p>${t.exposure.unchecked}</p></div>` : known(t, shown, checkedAgo)}
${quietActions({ label: t.actions.home, href: '/' })}`,
    }),
  };
}

function failed({ exposure, time }: Catalogue, { failure, checkedAgo }: ExposureShown): Html | '' {
  if (failure === null) return '';
  const { why, ago } = failure;
  const words = exposure.failed(exposure.failures[why], time.ago(ago), checkedAgo !== null);
  return html`<p class="alert" role="status">${words}</p>`;
}

function policyWords(t: Catalogue, { policy, failOn }: ExposureShown): string {
  if (policy === 'warn') return t.exposure.warns;
  return t.exposure.refuses(severityWords(t, failOn), failOn === 'critical');
}

function severityWords({ exposure }: Catalogue, severity: string): string {
  const known: Readonly<Record<string, string>> = exposure.severities;
  return Object.hasOwn(known, severity) ? (known[severity] ?? severity) : severity;
}

function known(t: Catalogue, { findings, reports }: ExposureShown, checkedAgo: number): Html {
  const rest = findings.length - findingsShown;
  const list = findings.slice(0, findingsShown).map((finding) => item(t, finding));
  return html`<h2>${t.exposure.found(findings.length, t.time.ago(checkedAgo))}</h2>
${findings.length === 0 ? '' : html`<ul class="rows">${list}</ul>`}
${rest > 0 ? html`<p class="soft below">${t.exposure.more(rest)}</p>` : ''}
<p class="below">${t.exposure.report} <a href="${reports.html}">${t.exposure.page}</a>, <a href="${reports.json}">JSON</a></p>`;
}

function item(
  t: Catalogue,
  { ruleId, severity, host, message }: ExposureShown['findings'][number],
): Html {
  return html`<li>
<h3>${host === '' ? t.exposure.theCookie : host} <span class="tag">${severityWords(t, severity)}</span></h3>
<dl>
<div><dt>${t.exposure.finding}</dt><dd lang="en">${message}</dd></div>
<div><dt>${t.exposure.rule}</dt><dd>${ruleId}</dd></div>
</dl>
</li>`;
}
