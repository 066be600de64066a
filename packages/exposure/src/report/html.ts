import { createHash } from 'node:crypto';
import type { ExposureReport, Finding } from '../exposure-report.ts';
import { isForeignReceiver } from '../exposure-report.ts';
import { type RuleId, rules } from '../rules.ts';
import type { Severity } from '../severity.ts';
import { severities } from '../severity.ts';
import { coverageMessages } from './coverage-messages.ts';
import { flowPicture, summaryBar } from './html-flow.ts';
import { style } from './html-style.ts';
import { empty, html, Markup } from './html-text.ts';
import { hostTree } from './html-tree.ts';
import { cookieWords } from './text.ts';

/** Groups with more findings than this are closed at first. */
const openUpTo = 40;

/**
 * The report as one file: nothing is loaded, no script runs, and its policy says so. Light and dark, usable by keyboard.
 * Every text from outside is escaped.
 */
export function toHtml(report: ExposureReport): string {
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const title = `Who receives the cookie ${cookieWords(report.cookie)}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<main>
${header(report)}
<h2>Where it flows</h2>
<div class="card">${flowPicture(report)}</div>
${changes(report)}
<h2>Findings</h2>
${findings(report)}
<h2>Hosts</h2>
${tree(report)}
<h2>Advice</h2>
${advice(report)}
${accepted(report)}
${coverage(report)}
${notes(report)}
${footer(report)}
</main>
</body>
</html>
`.toString();
}

function header(report: ExposureReport): Markup {
  const { cookie, hosts, partial } = report;
  const receivers = hosts.filter(({ receives }) => receives);
  const foreign = hosts.filter(isForeignReceiver).length;
  const scope = cookie.hostOnly ? html`, host-only` : empty;
  const place = cookie.domain === null ? empty : html` of <code>${cookie.domain}</code>`;
  const cut = partial
    ? html`<p class="card partial"><b>This is a part only.</b> The run was interrupted; what is missing was not looked at.</p>`
    : empty;
  const gap =
    report.coverage.gap === null
      ? empty
      : html`<p class="card partial"><b>This is no all-clear.</b> ${report.coverage.gap}</p>`;
  const kept = cookie.isKept
    ? empty
    : html`<p class="card partial"><b>Browsers drop this cookie.</b> Nobody receives it; see the findings.</p>`;
  const tile = (count: number, words: string): Markup =>
    html`<div class="card tile"><b>${count.toLocaleString('en')}</b>${words}</div>`;
  return html`<h1>Who receives the cookie <code>${cookie.name === '' ? '(nameless)' : cookie.name}</code>${place}${scope}</h1>
<p class="dim">${report.generatedAt} · ${report.resolver === 'offline' ? 'offline' : `asked ${report.resolver}`}</p>${cut}${gap}${kept}
<div class="tiles">${tile(hosts.length, 'hosts')}${tile(receivers.length, 'receive the cookie')}${tile(foreign, 'of these run by others')}${tile(report.findings.length, 'findings')}</div>
<div class="card">${summaryBar(hosts)}</div>`;
}

function findings(report: ExposureReport): Markup {
  const { gap } = report.coverage;
  if (report.findings.length === 0) return html`<p class="card">${gap ?? 'Nothing was found.'}</p>`;
  const groups = Map.groupBy(report.findings, (one) => `${one.severity} ${one.ruleId}`);
  const sorted = [...groups.values()].sort((a, b) => rank(b) - rank(a));
  return html`${sorted.map(group)}`;
}

function rank(group: readonly Finding[]): number {
  return severities.indexOf(group[0]?.severity ?? 'none');
}

function group(found: readonly Finding[]): Markup {
  const severity: Severity = found[0]?.severity ?? 'none';
  const rule = rules[found[0]?.ruleId as RuleId];
  const isOpen = found.length <= openUpTo && severity !== 'low';
  const items = found.map(
    ({ host, message }) =>
      html`<li><span class="name">${host === '' ? '(the cookie)' : host}</span><div class="words">${message}</div></li>
`,
  );
  return html`<details class="card group"${isOpen ? ' open' : ''}><summary><span class="pill ${severity}">${severity}</span> ${rule.title} <span class="count">${found.length.toLocaleString('en')}</span></summary><p>${rule.why} ${rule.remedy}</p><ul class="found">${items}</ul></details>
`;
}

function tree({ hosts }: ExposureReport): Markup {
  if (hosts.length === 0)
    return html`<p class="card">No name holds an address, a CNAME or a delegation.</p>`;
  const choice = (id: string, words: string, checked = ''): Markup =>
    html`<input type="radio" name="show" id="${id}"${checked}><label for="${id}">${words}</label>`;
  return html`<fieldset class="filter"><legend>Show</legend>${choice('show-all', 'all', ' checked')}${choice('show-receives', 'what receives it')}${choice('show-foreign', 'what others run')}</fieldset>
<p class="dim">A filled mark receives the cookie. Powers: R read, O overwrite, S shadow, E evict, W wipe.</p>
<div class="card">${hostTree(hosts)}</div>`;
}

function advice({ advice: given }: ExposureReport): Markup {
  const { costs, breaks, alternatives, migration } = given;
  const list = (title: string, items: readonly string[]): Markup =>
    items.length === 0
      ? empty
      : html`<p><b>${title}</b></p><ul class="plain">${items.map((item) => html`<li>${item}</li>`)}</ul>`;
  const steps =
    migration === null
      ? empty
      : html`<p><b>How to get there</b></p><pre><code>${migration.config}</code></pre><ol>${migration.steps.map((step) => html`<li>${step}</li>`)}</ol>`;
  const others = alternatives.map(
    ({ summary, costs: price, breaks: broken }) =>
      html`<details class="card group"><summary>${summary}</summary>${list('Costs', price)}${list('Breaks', broken)}</details>`,
  );
  const reach = Object.entries(given.reach).map(
    ([app, way]) => html`<span class="tag">${app}: ${way}</span> `,
  );
  return html`<div class="card advice"><p><b>${given.summary}</b></p><p>${reach}</p>${list('Costs', costs)}${list('Breaks', breaks)}${steps}</div>
${others.length === 0 ? empty : html`<h2>Other ways</h2>${others}`}`;
}

function changes({ changes: since }: ExposureReport): Markup {
  if (since === null) return empty;
  const item = (mark: string, { severity, host, ruleId }: Finding): Markup =>
    html`<li><span class="pill ${severity}">${mark}</span> <span class="name">${host}</span> <span class="dim">${ruleId}</span></li>`;
  const items = [
    ...since.new.map((finding) => item('new', finding)),
    ...since.gone.map((finding) => item('gone', finding)),
    ...since.changed.map(({ now }) => item('changed', now)),
  ];
  return html`<h2>Since ${since.since}</h2><div class="card">${items.length === 0 ? html`Nothing changed.` : html`<ul class="found">${items}</ul>`}</div>`;
}

function accepted({ accepted: taken }: ExposureReport): Markup {
  if (taken.length === 0) return empty;
  const items = taken.map(
    ({ host, ruleId, reason, expires }) =>
      html`<li><span class="name">${host}</span> <span class="dim">${ruleId}</span><div class="words">${reason} (until ${expires})</div></li>`,
  );
  return html`<h2>Accepted</h2><div class="card"><ul class="found">${items}</ul></div>`;
}

function notes({ notes: said }: ExposureReport): Markup {
  if (said.length === 0) return empty;
  return html`<h2>What to know</h2><div class="card"><ul class="plain">${said.map((note) => html`<li>${note}</li>`)}</ul></div>`;
}

function coverage({ coverage: reached }: ExposureReport): Markup {
  const lines = coverageMessages(reached).map((line) => html`<li>${line}</li>`);
  return html`<h2>What was read</h2><div class="card"><ul class="plain">${lines}</ul></div>`;
}

function footer({ lists, publicSuffixes }: ExposureReport): Markup {
  const used = lists.map(
    ({ name, date, source, licence, isOld }) =>
      html`<li>${name}, ${date}${isOld ? ', older than a year' : ''}, ${licence}: ${source}</li>`,
  );
  return html`<footer><p>Public suffixes: ${publicSuffixes.from} ${publicSuffixes.version}. Lists:</p><ul class="plain">${used}</ul></footer>`;
}
