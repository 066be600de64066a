const style =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:10vh auto;padding:0 1rem}a,button{display:inline-block;margin:1rem 1rem 0 0;font:inherit}:root{color-scheme:light dark;background:canvas;color:canvastext}';
/** SHA-256 of {@link style}: the page allows itself this style and nothing else. */
const styleHash = 'IESugxRd7Yheq8wbbArFdYIQnd0lhrOvh1US+zlfYz8=';

const headers: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

/** What a plain page says. Title, text and way are markup: fixed texts, or escaped by whoever gives them. */
export interface PlainPage {
  readonly status?: number;
  readonly title: string;
  readonly text: string;
  /** Links and buttons. */
  readonly way: string;
  /** Markup for the head. Default none. */
  readonly head?: string;
  /** In place of the usual headers of the same names. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A page of Latchkey's own in an app: no script, its own style alone, framed by nobody, kept by no cache. */
export function plainPage(page: PlainPage): Response {
  const { status = 200, title, text, way, head = '' } = page;
  const body = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">${head}<title>${title}</title><style>${style}</style></head><body><main><h1>${title}</h1><p>${text}</p><nav>${way}</nav></main></body></html>`;
  return new Response(body, { status, headers: { ...headers, ...page.headers } });
}

/** Text as it stands in markup, also inside a quoted attribute. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
