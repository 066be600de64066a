// Owns the pages of the login host: their words, their look, their strict headers. Pages take
// plain values and decide nothing: who may see one, and what its forms do, is left to the
// routes.

import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { stylePath } from './style.ts';

/** What a template of `hono/html` gives. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** A page before it becomes a response. */
export interface Page {
  readonly status?: number;
  readonly title: string;
  readonly body: Html;
  /**
   * A page about the account and not a step of signing in. It lets no other page hold its window; a step must keep that, since
   * an app may have opened it as a popup and waits for its answer.
   */
  readonly isAccountPage?: boolean;
  readonly cookies?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Makes pages of one family; `familyName` stands at the top of each. */
export type PageMaker = (page: Page) => Promise<Response>;

/**
 * Pages with strict headers: nothing but our own stylesheet loads, nobody frames them, nothing is kept by a cache.
 * `Referrer-Policy: same-origin`, since with `no-referrer` a form post says `Origin: null`.
 */
export function createPageMaker(familyName: string): PageMaker {
  return async (page) => {
    const { status = 200, title, body, cookies = [], headers = {} } = page;
    const markup = await layout(familyName, title, body);
    const response = new Response(`${markup}`, {
      status,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy': contentSecurityPolicy,
        'referrer-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
        ...(page.isAccountPage === true ? { 'cross-origin-opener-policy': 'same-origin' } : {}),
        ...headers,
      },
    });
    for (const line of cookies) response.headers.append('set-cookie', line);
    return response;
  };
}

/** Browsers hold every redirect after a form against `form-action`: what follows ours is a page of ours (`packages/server/src/browser/onward-route.ts`). */
const contentSecurityPolicy =
  "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

function layout(familyName: string, title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${familyName}</title>
<link rel="stylesheet" href="${stylePath}">
<link rel="icon" href="data:,">
</head>
<body>
<main>
<header><p>${familyName}</p></header>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
}
