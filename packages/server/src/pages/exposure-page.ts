import { html } from 'hono/html';
import type { Html, Page } from './page.ts';
import { relativeTime } from './relative-time.ts';

/** What the page of the exposure guard shows. Texts of findings come from outside. */
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
  readonly failure: { readonly words: string; readonly ago: number } | null;
  /** Paths of the whole report. */
  readonly reports: { readonly html: string; readonly json: string };
}

/** The rest is in the report. */
const findingsShown = 50;

function policyWords({ policy, failOn }: ExposureShown): string {
  if (policy === 'warn') return 'Findings are told, and change nothing.';
  const level = failOn === 'critical' ? failOn : `${failOn} or worse`;
  return `A finding of severity ${level} pauses signing in to shared apps until it is gone.`;
}

/** Who else gets the shared cookie, for administrators. */
export function exposurePage(shown: ExposureShown): Page {
  const { isPaused, cookieDomain, checkedAgo, failure, reports } = shown;
  const paused = isPaused
    ? html`<p class="alert" role="status"><strong>Signing in to the shared apps is paused.</strong> It goes on by itself at the first check that does not find this any more. Who is signed in stays signed in.</p>`
    : '';
  const failed =
    failure === null
      ? ''
      : html`<p class="alert" role="status">${failure.words} That was ${relativeTime(failure.ago)}.${checkedAgo === null ? '' : ' What follows is older.'}</p>`;
  return {
    title: 'Who else gets the cookie',
    isAccountPage: true,
    body: html`${paused}${failed}
<p>The shared cookie goes to every host under <strong>${cookieDomain}</strong>. ${policyWords(shown)}</p>
${checkedAgo === null ? html`<p class="soft">Nothing is known yet: no check has come to an end.</p>` : known(shown, checkedAgo, reports)}
<p><a href="/">Home page</a></p>`,
  };
}

function known(
  { findings }: ExposureShown,
  checkedAgo: number,
  reports: ExposureShown['reports'],
): Html {
  const count =
    findings.length === 0
      ? 'Nothing was found'
      : `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`;
  const rest = findings.length - findingsShown;
  return html`<h2>${count}, checked ${relativeTime(checkedAgo)}</h2>
<ul class="devices">${findings.slice(0, findingsShown).map(item)}</ul>
${rest > 0 ? html`<p class="soft">${rest} more are in the report.</p>` : ''}
<p>The whole report: <a href="${reports.html}">page</a>, <a href="${reports.json}">JSON</a></p>`;
}

function item({ ruleId, severity, host, message }: ExposureShown['findings'][number]): Html {
  return html`<li>
<h3>${host === '' ? 'The cookie itself' : host} <span class="tag">${severity}</span></h3>
<dl>
<div><dt>Found</dt><dd>${message}</dd></div>
<div><dt>Rule</dt><dd>${ruleId}</dd></div>
</dl>
</li>`;
}
