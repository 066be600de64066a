import type { NoticeResult } from '@latchkey/session/parts';
import { html } from 'hono/html';
import type { Html, Page } from './page.ts';
import { relativeTime } from './relative-time.ts';

/** What the page of logout notices shows. */
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
  /** Until when they are tried; null where only the configuration can help, and for those given up. */
  readonly triedUntil: string | null;
}

/** Which apps have not acknowledged a sign-out, and why, for administrators. */
export function noticesPage({ refused, notices, silent }: NoticesShown): Page {
  return {
    title: 'Logout notices',
    isAccountPage: true,
    body: html`<p>An app that keeps a session of its own is told of each sign-out until it has acknowledged it.</p>
${refused.map(refusedAddress)}
${notices.length === 0 ? html`<p class="soft">Every notice has been acknowledged.</p>` : html`<ul class="devices">${notices.map(item)}</ul>`}
${silent.length === 0 ? '' : html`<p>No notices are made for ${silent.join(', ')}: <code>backChannelLogout: false</code>. Whoever is signed in there stays so after a sign-out.</p>`}
<p><a href="/">Home page</a></p>`,
  };
}

function refusedAddress({ app, host }: NoticesShown['refused'][number]): Html {
  return html`<p class="alert" role="status"><strong>No notice can reach ${app}.</strong> Its address ${host} is in an internal network, which this login host does not call. If it is yours, start the login host with <code>--allow-range</code> and the range of that network, for example <code>--allow-range 10.0.0.0/8</code>. Notices wait until then.</p>`;
}

function item({
  app,
  isGivenUp,
  count,
  lastResult,
  ageMilliseconds,
  triedUntil,
}: NoticesOfApp): Html {
  const words = count === 1 ? '1 notice' : `${count} notices`;
  const until = triedUntil === null ? '' : `, tried until ${triedUntil}`;
  return html`<li>
<h3>${app} <span class="tag">${isGivenUp ? 'given up' : 'on its way'}</span></h3>
<dl>
<div><dt>How many</dt><dd>${words}, the first from ${relativeTime(ageMilliseconds)}</dd></div>
<div><dt>Last try</dt><dd>${resultWords(lastResult)}${until}</dd></div>
</dl>
</li>`;
}

/** A named reason in words. */
export function resultWords(result: string | null): string {
  if (result === null) return 'not tried yet';
  const [, isOver, kind = '', status] =
    /^(given-up-)?(refused|redirected|status|[a-z-]+?)(?:-(\d{3}))?$/.exec(result) ?? [];
  const words =
    status === undefined
      ? (plainWords[kind] ?? kind)
      : `${kind === 'status' ? 'answered' : kind} with ${status}`;
  return isOver === undefined ? words : `${words}, given up`;
}

const plainWords: Readonly<Record<string, string>> = {
  'address-refused': 'its address is refused here',
  'app-removed': 'the app left the family',
  'mint-failed': 'no token could be made',
  redirected: 'it redirected',
  stopped: 'broken off as the login host stopped',
  timeout: 'no answer in time',
  unreachable: 'no connection',
};
