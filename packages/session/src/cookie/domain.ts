/** What a cookie's `Domain` is derived from, as Rails takes it (`config.session_store …, domain:, tld_length:`). */
export interface DomainOptions {
  /**
   * A domain, taken as it is; `'all'`, derived from the host; a list, of which the first that is the host or is above it
   * is taken, as it is written; a function of the host; or absent or null: a cookie of one host.
   */
  readonly domain?: string | readonly string[] | ((host: string) => string | null) | null;
  /** With `'all'`: how many labels of the host the domain keeps. */
  readonly tldLength?: number;
  /**
   * Whose answer to give. `'7.1'` (the default) stands for it and all later ones. `'6.1'` and `'7.0'` put a dot before what
   * `'all'` gives, and know no functions: null.
   */
  readonly rails?: '6.1' | '7.0' | '7.1';
}

/**
 * The `Domain` attribute for a host (no port, as the browser spelt it), or null for a host-only cookie. Pure; equals what
 * real Rails emits (`ActionDispatch::Cookies::CookieJar#handle_options`). Not judged here: `resolveScope` does.
 */
export function cookieDomain(host: string, options: DomainOptions): string | null {
  const { domain = null, tldLength, rails = '7.1' } = options;
  if (domain === null) return null;
  if (domain === 'all') {
    const derived = derivedDomain(host, tldLength);
    return derived === null || rails === '7.1' ? derived : `.${derived}`;
  }
  if (typeof domain === 'string') return domain;
  if (typeof domain === 'function') return rails === '7.1' ? domain(host) : null;
  return domain.find((one) => liesAtOrBelow(host, one.replace(/^\./, ''))) ?? null;
}

function derivedDomain(host: string, tldLength: number | undefined): string | null {
  if (/^[\d.]+$/.test(host) || host.includes(':')) return null;
  const labels = host.split('.');
  if (labels.length < 2 || labels.includes('')) return null;
  const kept = tldLength ?? guessedLabels(labels);
  return labels.length < kept ? null : labels.slice(-kept).join('.');
}

/** Rails' guess: `co.uk`-like ends (a label of two or three letters before one of two) take three labels, others two. */
function guessedLabels(labels: readonly string[]): number {
  const [before = '', last = ''] = labels.slice(-2);
  const looksTwoPart = last.length === 2 && (before.length === 2 || before.length === 3);
  return looksTwoPart ? Math.min(3, labels.length) : 2;
}

function liesAtOrBelow(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}
