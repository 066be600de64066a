/** The header fields of an answer, in whatever framework. Names are in lower case; a web response's `Headers` are such. */
export interface AnswerFields {
  keys(): Iterable<string>;
  get(name: string): string | null;
  set(name: string, value: string): void;
  delete(name: string): void;
}

/** Directives by which an answer says that a cache may hand it to others, or keep it whatever else it says. */
const publicDirectives: ReadonlySet<string> = new Set(['public', 's-maxage', 'immutable']);

/** Fields for certain caches alone, which believe them before `Cache-Control`, that do not end as RFC 9213 has it. */
const targetedFields: ReadonlySet<string> = new Set([
  'surrogate-control',
  'x-accel-expires',
  'edge-control',
]);

/**
 * Whether the answer invites shared caches to keep it: `public`, `s-maxage` or `immutable` in `Cache-Control`, or a field for
 * certain caches (RFC 9213: `CDN-Cache-Control` and its like, `Surrogate-Control`, `X-Accel-Expires`) that does not
 * forbid it.
 */
export function invitesCaches(fields: AnswerFields): boolean {
  const directives = directivesOf(fields.get('cache-control'));
  if (directives.some(({ name }) => publicDirectives.has(name))) return true;
  return invitingFields(fields).length > 0;
}

/**
 * For an answer with a cookie of ours: takes the invitations of {@link invitesCaches} out, and adds `private` unless it says
 * `private` or `no-store` itself. `private="set-cookie"` does not count: many caches read it as nothing (RFC 9111, 5.2.2.7).
 */
export function makePrivate(fields: AnswerFields): void {
  for (const name of invitingFields(fields)) fields.delete(name);
  const before = fields.get('cache-control');
  const kept = directivesOf(before).filter(
    ({ name, isQualified }) => !publicDirectives.has(name) && !(name === 'private' && isQualified),
  );
  const texts = kept.map(({ text }) => text);
  const value = (forbidsSharing(kept) ? texts : ['private', ...texts]).join(', ');
  if (value !== before) fields.set('cache-control', value);
}

/** For an answer to somebody signed in: kept by no cache, unless the app said something itself. */
export function makePrivateByDefault(fields: Pick<AnswerFields, 'get' | 'set'>): void {
  if (fields.get('cache-control') === null) fields.set('cache-control', 'private, no-store');
}

interface Directive {
  readonly name: string;
  /** As it was written. */
  readonly text: string;
  /** Whether it has an argument. */
  readonly isQualified: boolean;
}

/** Commas inside quotes do not part directives. */
function directivesOf(value: string | null): readonly Directive[] {
  const texts = value?.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
  return texts
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => {
      const [name = '', argument] = text.split('=', 2);
      return { name: name.trim().toLowerCase(), text, isQualified: argument !== undefined };
    });
}

function invitingFields(fields: AnswerFields): readonly string[] {
  return [...fields.keys()].filter((name) => isTargeted(name) && !forbids(name, fields.get(name)));
}

function isTargeted(name: string): boolean {
  return name.endsWith('-cache-control') || targetedFields.has(name);
}

function forbids(name: string, value: string | null): boolean {
  // Seconds, of which none means that nginx keeps nothing.
  if (name === 'x-accel-expires') return value?.trim() === '0';
  return forbidsSharing(directivesOf(value));
}

function forbidsSharing(directives: readonly Directive[]): boolean {
  const bare = directives.filter(({ isQualified }) => !isQualified).map(({ name }) => name);
  if (bare.includes('private')) return true;
  // Beside `must-understand` a cache that knows that one does not read `no-store` (RFC 9111, 5.2.2.3).
  return bare.includes('no-store') && !bare.includes('must-understand');
}
