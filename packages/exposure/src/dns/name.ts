import { domainToASCII } from 'node:url';

/**
 * Why a text is no DNS name. `bad-escape`: a backslash without a character, or `\DDD` above 255. `bad-idn`: a label
 * that has no A-label (RFC 5891).
 */
export type NameProblem =
  | 'empty'
  | 'empty-label'
  | 'label-too-long'
  | 'name-too-long'
  | 'bad-escape'
  | 'bad-idn';

export type NameResult =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'invalid'; readonly why: NameProblem };

const labelLimit = 63;
/** 255 octets on the wire (RFC 1035 s.2.3.4) are 253 characters without the root's dot and length. */
const nameLimit = 253;
/** The longest way to write the longest name: an escape of four characters for each octet. */
const textLimit = 4 * nameLimit + 1;
const root = '.';
const plainName = /^[a-z0-9_*-]{1,63}(?:\.[a-z0-9_*-]{1,63})*$/;
const backslash = 0x5c;
const dotCode = 0x2e;

/**
 * A name in the form that this package compares: lower case, A-labels, no trailing dot, root as `.`. Reads the escapes
 * of master files (RFC 1035 s.5.1: `\.`, `\032`); what has no plain form stays escaped, so a dot inside a label never
 * looks like the end of one. Labels of up to 63 octets, names of up to 253. A relative name is the caller's to complete.
 */
export function normalizeName(text: string): NameResult {
  const bare = isAbsolute(text) ? text.slice(0, -1) : text;
  const lower = bare.toLowerCase();
  if (lower.length <= nameLimit && plainName.test(lower)) return { kind: 'name', name: lower };
  if (text === '') return { kind: 'invalid', why: 'empty' };
  if (text === root) return { kind: 'name', name: root };
  if (text.length > textLimit) return { kind: 'invalid', why: 'name-too-long' };
  const labels = readLabels(text);
  return typeof labels === 'string' ? { kind: 'invalid', why: labels } : nameOfLabels(labels);
}

/** Whether a name as written ends in the root's dot; an escaped dot is part of its label. */
export function isAbsolute(text: string): boolean {
  return text.endsWith('.') && !isEscaped(text, text.length - 1);
}

/** A name of labels given as octets, as they come over the wire. */
export function nameOfLabels(labels: readonly Uint8Array[]): NameResult {
  if (labels.length === 0) return { kind: 'name', name: root };
  let octets = labels.length - 1;
  for (const label of labels) {
    if (label.length === 0) return { kind: 'invalid', why: 'empty-label' };
    if (label.length > labelLimit) return { kind: 'invalid', why: 'label-too-long' };
    octets += label.length;
  }
  if (octets > nameLimit) return { kind: 'invalid', why: 'name-too-long' };
  return { kind: 'name', name: labels.map(labelText).join('.') };
}

/** The labels of a normalized name, from the left, still escaped. The root has none. */
export function labelsOf(name: string): readonly string[] {
  if (name === root) return [];
  if (!name.includes('\\')) return name.split('.');
  const labels: string[] = [];
  let rest: string | null = name;
  while (rest !== null) {
    const dot = firstDot(rest);
    labels.push(dot === -1 ? rest : rest.slice(0, dot));
    rest = dot === -1 ? null : rest.slice(dot + 1);
  }
  return labels;
}

/** The name without its leftmost label; the root above a single label, null above the root. */
export function parentOf(name: string): string | null {
  if (name === root) return null;
  const dot = firstDot(name);
  return dot === -1 ? root : name.slice(dot + 1);
}

/** Whether `name` is `zone` or is below it, on a label boundary: `nota8.net` is not below `a8.net`. */
export function isAtOrBelow(name: string, zone: string): boolean {
  return name === zone || isBelow(name, zone);
}

/** Whether `name` is strictly below `zone`, on a label boundary. Both normalized. */
export function isBelow(name: string, zone: string): boolean {
  if (zone === root) return name !== root;
  const start = name.length - zone.length;
  if (start < 2 || name.charCodeAt(start - 1) !== dotCode || !name.endsWith(zone)) return false;
  return !isEscaped(name, start - 1);
}

/** `name` with the suffix `from` replaced by `to` (a DNAME, RFC 6672 s.2.2); null where that is too long. */
export function rewriteSuffix(name: string, from: string, to: string): string | null {
  const prefix = from === root ? `${name}.` : name.slice(0, name.length - from.length);
  const result = normalizeName(to === root ? prefix : prefix + to);
  return result.kind === 'name' ? result.name : null;
}

/** Characters that no host of a URL may have (WHATWG URL, forbidden domain code points), and the escape. */
const notOfHosts = /[\\#/:<>?@[\]^|%]/;

/**
 * Whether a browser can ask this host for a page: no label has a character that no URL may have. Labels that begin with `_`
 * are open to browsers too. A leading `*` stands for all names it covers.
 */
export function isHostName(name: string): boolean {
  if (name === root || notOfHosts.test(name)) return false;
  return name.lastIndexOf('*') <= 0 && (!name.startsWith('*') || name.startsWith('*.'));
}

/** Whether a label begins with `_`, as names of services, DKIM and ACME do. No public authority certifies such a name. */
export function isServiceName(name: string): boolean {
  return name.startsWith('_') || name.includes('._');
}

/** Octets of the labels of a normalized name, as the wire wants them. */
export function labelOctets(name: string): readonly Uint8Array[] {
  const labels = readLabels(name);
  return typeof labels === 'string' ? [] : labels;
}

function readLabels(text: string): Uint8Array[] | NameProblem {
  if (text === root) return [];
  const labels: Uint8Array[] = [];
  let label: number[] = [];
  let wide = '';
  const flush = (): NameProblem | null => {
    const octets = wide === '' ? Uint8Array.from(label) : idnOctets(wide);
    if (octets === null) return 'bad-idn';
    labels.push(octets);
    label = [];
    wide = '';
    return null;
  };
  // Ideographic full stops part labels too (UTS 46); a label with any other wide character becomes an A-label.
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === dotCode || code === 0x3002 || code === 0xff0e || code === 0xff61) {
      const problem = flush();
      if (problem !== null) return problem;
    } else if (code === backslash) {
      const escaped = readEscape(text, at);
      if (escaped === null) return 'bad-escape';
      // An escaped octet in a label of wide characters has no A-label.
      if (wide !== '') return 'bad-idn';
      label.push(escaped.octet);
      at += escaped.length - 1;
    } else if (code < 0x80 && wide === '') {
      label.push(code);
    } else {
      if (wide === '') wide = String.fromCharCode(...label);
      wide += text.charAt(at);
    }
    if (label.length > nameLimit || wide.length > nameLimit) return 'label-too-long';
  }
  const endsInDot = labels.length > 0 && label.length === 0 && wide === '';
  const problem = endsInDot ? null : flush();
  return problem ?? labels;
}

/** The escape that begins at `at`: `\DDD` in decimal, or a backslash and one ASCII character. */
function readEscape(
  text: string,
  at: number,
): { readonly octet: number; readonly length: number } | null {
  const next = text.charCodeAt(at + 1);
  if (Number.isNaN(next) || next > 0x7f) return null;
  if (next < 0x30 || next > 0x39) return { octet: next, length: 2 };
  const digits = text.slice(at + 1, at + 4);
  if (!/^\d{3}$/.test(digits)) return null;
  const octet = Number(digits);
  return octet > 255 ? null : { octet, length: 4 };
}

function idnOctets(label: string): Uint8Array | null {
  const ascii = domainToASCII(label);
  // A label of wide digits comes back as an IPv4 address: anything that is not one label is refused.
  if (ascii === '' || ascii.includes('.') || ascii.includes('[')) return null;
  return Uint8Array.from(ascii, (character) => character.charCodeAt(0));
}

const plainOctet = /^[a-z0-9_*+/=!#%&',:<>?^`{|}~-]$/;

/** One label given as octets, lower case and escaped where it must be. */
export function labelText(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) {
    const character = String.fromCharCode(octet).toLowerCase();
    if (octet < 0x80 && plainOctet.test(character)) text += character;
    else if (octet > 0x20 && octet < 0x7f) text += `\\${character}`;
    else text += `\\${String(octet).padStart(3, '0')}`;
  }
  return text;
}

function firstDot(name: string): number {
  let dot = name.indexOf('.');
  while (dot !== -1 && isEscaped(name, dot)) dot = name.indexOf('.', dot + 1);
  return dot;
}

function isEscaped(name: string, at: number): boolean {
  let backslashes = 0;
  while (name.charCodeAt(at - 1 - backslashes) === backslash) backslashes += 1;
  return backslashes % 2 === 1;
}
