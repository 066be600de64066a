import { html } from 'hono/html';
import { actions } from './actions.ts';
import type { Page } from './page.ts';

/** Where the request of somebody stands who waits for approval. */
export interface WaitingPage {
  readonly email: string;
  /** Milliseconds since 1970, and now. */
  readonly askedAt: number;
  readonly now: number;
  /** Titles of the apps that were asked for. */
  readonly apps: readonly string[];
}

/** For whoever waits, right after they registered (200) and whenever they prove their password (403). */
export function waitingPage(status: 200 | 403, waiting: WaitingPage): Page {
  const { email, askedAt, now, apps } = waiting;
  return {
    status,
    content: (t) => ({
      title: status === 200 ? t.waiting.registeredTitle : t.waiting.title,
      body: html`<p class="lead">${t.waiting.lead(email)}</p>
<dl class="facts"><div><dt>${t.waiting.asked}</dt><dd>${t.time.ago(now - askedAt)}</dd></div>
${apps.length === 0 ? '' : html`<div><dt>${t.waiting.apps}</dt><dd>${t.formats.list(apps)}</dd></div>`}
<div><dt>${t.waiting.next}</dt><dd>${t.waiting.nextText}</dd></div></dl>${actions({ label: t.actions.home, href: '/' })}`,
    }),
  };
}
