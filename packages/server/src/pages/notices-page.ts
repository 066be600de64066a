import type { NoticeResult } from '@latchkey/session/parts';
import { html } from 'hono/html';
import { quietActions } from './actions.ts';
import type { Html } from './html.ts';
import type { Catalogue } from './languages/en.ts';
import type { Page } from './page.ts';

/** What the page of logout notices shows. Apps are given by their titles. */
export interface NoticesShown {
  /** Addresses that this login host does not call as things stand. */
  readonly refused: readonly { readonly app: string; readonly host: string }[];
  readonly notices: readonly NoticesOfApp[];
  /** Apps that take none, by configuration. */
  readonly silent: readonly string[];
}

/** Notices of one app in one state. */
export interface NoticesOfApp {
  readonly app: string;
  readonly isGivenUp: boolean;
  readonly count: number;
  readonly lastResult: NoticeResult | null;
  /** Milliseconds since the first of them was written. */
  readonly ageMilliseconds: number;
  /** Until when they are tried, milliseconds since 1970; null where only the configuration can help, and for those given up. */
  readonly triedUntil: number | null;
}

/** Which apps have not acknowledged a sign-out, and why, for administrators. */
export function noticesPage({ refused, notices, silent }: NoticesShown): Page {
  return {
    isAccountPage: true,
    isWide: true,
    content: (t) => ({
      title: t.notices.title,
      body: html`<p class="lead">${t.notices.intro}</p>
${refused.map(({ app, host }) => html`<p class="alert" role="status">${t.notices.refusedAddress(app, host)}</p>`)}
${notices.length === 0 ? html`<div class="empty"><p>${t.notices.none}</p></div>` : html`<ul class="rows">${notices.map((notice) => item(t, notice))}</ul>`}
${silent.length === 0 ? '' : html`<p class="below">${t.notices.silent(silent)}</p>`}
${quietActions({ label: t.actions.home, href: '/' })}`,
    }),
  };
}

function item(t: Catalogue, notice: NoticesOfApp): Html {
  const { app, isGivenUp, count, lastResult, ageMilliseconds, triedUntil } = notice;
  const { notices, formats, time } = t;
  const result = resultWords(t, lastResult);
  const tried =
    triedUntil === null ? result : notices.triedUntil(result, formats.instant(triedUntil));
  return html`<li>
<h3>${app} <span class="tag">${isGivenUp ? notices.givenUp : notices.onItsWay}</span></h3>
<dl>
<div><dt>${notices.howMany}</dt><dd>${notices.amount(count, time.ago(ageMilliseconds))}</dd></div>
<div><dt>${notices.lastTry}</dt><dd>${tried}</dd></div>
</dl>
</li>`;
}

/** A named reason in words. */
export function resultWords({ notices }: Catalogue, result: string | null): string {
  if (result === null) return notices.notTried;
  const [, isOver, kind = '', status] =
    /^(given-up-)?(refused|redirected|status|[a-z-]+?)(?:-(\d{3}))?$/.exec(result) ?? [];
  const known: Readonly<Record<string, string>> = notices.results;
  const plain = Object.hasOwn(known, kind) ? (known[kind] ?? kind) : kind;
  const words = status === undefined ? plain : withStatus(notices, kind, status);
  return isOver === undefined ? words : notices.resultGivenUp(words);
}

function withStatus(notices: Catalogue['notices'], kind: string, status: string): string {
  if (kind === 'refused') return notices.refusedWith(status);
  if (kind === 'redirected') return notices.redirectedWith(status);
  return notices.answeredWith(status);
}
