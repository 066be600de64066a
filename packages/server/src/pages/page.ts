// Owns the pages of the login host: words (`languages/`), look (`style/`), forms (`form.ts`), ways on
// (`actions.ts`), headers. Pages take plain values and decide nothing: who may see one, and what its
// forms do, is left to the routes.

import type { Family } from '@latchkey/session';
import { html } from 'hono/html';
import type { Assets } from './assets.ts';
import type { Html } from './html.ts';
import type { Catalogue } from './languages/en.ts';
import { scriptPath } from './show-password.ts';

export type { Html } from './html.ts';

/**
 * A page before it becomes a response. A module of `pages/` has a function that takes plain values and gives one of these;
 * its words are in `languages/`, which it reads only inside of `content`: in which language a request is answered is known
 * to the page maker alone (the signed-in person's choice, else `Accept-Language`; see `packages/server/src/request-context.ts`). Routes add
 * `cookies`: `deps.page({ ...homePage(values), cookies })`.
 *
 * Parts of a body: `form` of `form.ts` (labels, hints, errors beside the field and on top; pages that show one again have a
 * status of 4xx), `actions` of `actions.ts` (one primary action first, quiet ones after it), `appIcon` of `shown-app.ts`
 * (apps are shown by title, never by their name in the config), classes `lead`, `soft`, `done`, `alert`, `rows`, `empty` of
 * `style/`.
 */
export interface Page {
  /** Default 200. */
  readonly status?: number;
  /** What it says in a language. */
  readonly content: (t: Catalogue) => PageContent;
  /** A page with lists: 60rem wide. Default: a card of 24rem, for forms and messages. */
  readonly isWide?: boolean;
  /**
   * A page about the account and not a step of signing in. It lets no other page hold its window; a step must keep that, since
   * an app may have opened it as a popup and waits for its answer.
   */
  readonly isAccountPage?: boolean;
  readonly cookies?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** The words of a page in one language. */
export interface PageContent {
  /** The one heading, and the title of the tab. */
  readonly title: string;
  /** Under the heading. */
  readonly body: Html;
  /** Above the heading. Default none. */
  readonly above?: Html;
}

/** Makes pages of one family, in the language of the request that is being answered. */
export type PageMaker = (page: Page) => Promise<Response>;

/** What all pages have in common. */
export interface PageMakerDeps {
  readonly family: Pick<Family, 'name' | 'brand' | 'apps'>;
  readonly assets: Assets;
  /** Of the request that is being answered. */
  readonly language: () => Catalogue;
}

/**
 * Pages with strict headers: nothing but our own files and the configured pictures load, nobody frames them, nothing is kept
 * by a cache. `Referrer-Policy: same-origin`, since with `no-referrer` a form post says `Origin: null`.
 */
export function createPageMaker(deps: PageMakerDeps): PageMaker {
  const policy = policyFor(deps.family);
  return async (page) => {
    const { status = 200, content, cookies = [], headers = {} } = page;
    const t = deps.language();
    const markup = `${await layout(deps, t, { ...content(t), isWide: page.isWide === true })}`;
    const response = new Response(markup, {
      status,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-language': t.tag,
        'cache-control': 'no-store',
        'content-security-policy': policy(hasScript(markup)),
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
function policyFor({ brand, apps }: PageMakerDeps['family']): (hasScript: boolean) => string {
  const pictures = [brand.logo, brand.logoDark, brand.favicon];
  const all = [...pictures, ...[...apps.values()].map(({ icon }) => icon)];
  const origins = all.flatMap((url) => (url?.includes('://') ? [new URL(url).origin] : []));
  const images = [...new Set(["'self'", ...origins])].join(' ');
  const scripts = "script-src 'self'; ";
  return (hasScript) =>
    `default-src 'none'; ${hasScript ? scripts : ''}style-src 'self'; img-src ${images}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`;
}

/** Whether a form of the page names our script. What is shown of requests cannot: its quotation marks are escaped. */
function hasScript(markup: string): boolean {
  return markup.includes(` src="${scriptPath}"`);
}

function layout(
  { family, assets }: PageMakerDeps,
  t: Catalogue,
  { title, body, above = html``, isWide }: PageContent & { readonly isWide: boolean },
): Html {
  const { name, brand } = family;
  return html`<!doctype html>
<html lang="${t.tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${name}</title>
<link rel="stylesheet" href="${assets.style.href}">
<link rel="icon" href="${brand.favicon ?? assets.icon.href}">
</head>
<body class="${isWide ? 'wide' : 'narrow'}">
<header class="brand"><a href="/">${logo(family)}</a></header>
<main>
${above}<h1>${title}</h1>
${body}
</main>
${foot(brand, t)}</body>
</html>
`;
}

function logo({ name, brand }: Pick<Family, 'name' | 'brand'>): Html | string {
  if (brand.logo === null) return name;
  const dark =
    brand.logoDark === null
      ? ''
      : html`<source srcset="${brand.logoDark}" media="(prefers-color-scheme: dark)">`;
  return html`<picture>${dark}<img src="${brand.logo}" alt="${name}" height="40"></picture>`;
}

function foot(brand: Family['brand'], t: Catalogue): Html | '' {
  const names = ['terms', 'privacy', 'support'] as const;
  const links = names.flatMap((name) => {
    const href = brand[name];
    return href === null ? [] : [html`<a href="${href}">${t.footer[name]}</a>`];
  });
  return links.length === 0
    ? ''
    : html`<footer class="foot"><nav class="foot" aria-label="${t.footer.label}">${links}</nav></footer>
`;
}
