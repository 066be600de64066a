import { html } from 'hono/html';
import type { Html } from './html.ts';
import type { Catalogue } from './languages/en.ts';
import type { Page } from './page.ts';

/** A mail in the list of the development mailbox. */
export interface ListedMail {
  readonly href: string;
  readonly subject: string;
  readonly to: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The mails that development wrote, the newest first. */
export function mailboxPage(mails: readonly ListedMail[]): Page {
  return {
    isWide: true,
    content: (t) => ({
      title: t.mailbox.title,
      body: html`<p class="lead">${t.mailbox.intro}</p>
${mails.length === 0 ? html`<div class="empty"><p>${t.mailbox.none}</p></div>` : html`<ul class="rows">${mails.map((mail) => row(t, mail))}</ul>`}`,
    }),
  };
}

function row(t: Catalogue, { href, subject, to, at }: ListedMail): Html {
  return html`<li><h2><a href="${href}">${subject}</a></h2>
<dl><div><dt>${t.mailbox.to}</dt><dd>${to}</dd></div>
<div><dt>${t.mailbox.when}</dt><dd>${t.formats.instant(at)}</dd></div></dl>
<p class="links"><a href="${href}/text">${t.mailbox.text}</a></p></li>`;
}
