import { escapeMarkup, plainPage } from './plain-page.ts';

/** Where a page goes on to, and what it says meanwhile. */
export interface Onward {
  /** An absolute http(s) URL. Where it may lead is the caller's to check. */
  readonly to: string;
  /** Default "One moment". */
  readonly title?: string;
  /** Plain text. Default: that the browser is being led on. */
  readonly text?: string;
}

/**
 * A page that goes on by itself, with a link for browsers that do not. It ends the chain of redirects that began with a
 * form: browsers hold each redirect after a form against `form-action` of the page with the form, and a navigation of this
 * page against nothing (CSP 3, 6.4.2). It takes no place in the history, so Back leads to the page before. Neither its URL
 * nor a copy of it stays behind: no referrer is sent, and no cache keeps it.
 */
export function onwardPage({ to, title, text }: Onward): Response {
  const href = escapeMarkup(to);
  return plainPage({
    head: `<meta http-equiv="refresh" content="0;url=${href}">`,
    title: escapeMarkup(title ?? 'One moment'),
    text: escapeMarkup(text ?? 'You are being led on.'),
    way: `<a href="${href}" rel="noreferrer">Continue</a>`,
    headers: { 'referrer-policy': 'no-referrer' },
  });
}
