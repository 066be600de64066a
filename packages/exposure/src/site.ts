import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { parse } from 'tldts';

const withPrivate = {
  allowPrivateDomains: true,
  extractHostname: false,
  validateHostname: false,
} as const;
const icannOnly = {
  allowPrivateDomains: false,
  extractHostname: false,
  validateHostname: false,
} as const;

/**
 * A host name as cookie rules compare it: lower case, A-labels (RFC 6265bis, section 5.1.2). A trailing dot stays: to
 * browsers `example.com.` is another host. Null for what is no host name.
 */
export function canonicalHost(text: string): string | null {
  const lower = text.toLowerCase();
  const plain = /^[a-z0-9_.-]+$/.test(lower) ? lower : domainToASCII(lower.normalize('NFC'));
  if (plain === '' || plain.startsWith('.') || plain.includes('..')) return null;
  return plain;
}

/**
 * The registrable domain, private section of the Public Suffix List included: each customer of `github.io` is a site of
 * its own. Null for public suffixes, addresses and single labels. Takes U-labels and A-labels; gives A-labels.
 */
export function siteOf(host: string): string | null {
  return registrable(host, withPrivate);
}

/** The same by the first section of the list alone: who registered the domain, not who rents a name below it. */
export function icannSiteOf(host: string): string | null {
  return registrable(host, icannOnly);
}

/** Whether browsers refuse the name as a cookie's `Domain`: it is a suffix, of either section. */
export function isPublicSuffix(name: string): boolean {
  return parse(name, withPrivate).publicSuffix === name;
}

/** An IPv4 or IPv6 address, in brackets or not. */
export function isAddress(host: string): boolean {
  // Most names end in a letter and hold no colon: they need no look at every form of an address.
  if (!host.includes(':') && !/[0-9]$/.test(host)) return false;
  return isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0;
}

/** True when `name` is `domain` or is below it, on the boundary of a label. */
export function liesUnder(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}

/** The version of tldts, which holds the Public Suffix List. */
export function publicSuffixVersion(): string {
  const manifest = createRequire(import.meta.url)('tldts/package.json') as {
    readonly version: string;
  };
  return manifest.version;
}

function registrable(host: string, options: typeof withPrivate | typeof icannOnly): string | null {
  const name = canonicalHost(host);
  if (name === null || isAddress(name)) return null;
  return parse(name, options).domain;
}
