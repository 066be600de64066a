import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstColumn, sectionOf } from './markdown.ts';

/** A section of docs/configuration.md and the interfaces that it lists the members of. */
export interface OptionSection {
  /** The heading, which names the function that takes the options. */
  readonly heading: string;
  /** Source file and, for each interface, what stands before its members in the table. */
  readonly file: string;
  readonly interfaces: Readonly<Record<string, string>>;
}

const session = 'packages/session/src';

export const optionSections: readonly OptionSection[] = [
  {
    heading: '## `defineFamily`',
    file: `${session}/config/family.ts`,
    interfaces: {
      FamilyOptions: '',
      FamilySessionOptions: 'session.',
      RememberedOptions: 'session.remembered.',
      AppOptions: 'apps.<name>.',
    },
  },
  {
    heading: '## `brand`',
    file: `${session}/config/brand-settings.ts`,
    interfaces: { BrandSettings: 'brand.', AppLook: 'apps.<name>.' },
  },
  {
    heading: '## `createLoginHost`',
    file: 'packages/server/src/login-host.ts',
    interfaces: { LoginHostOptions: '' },
  },
  {
    heading: '## `mail`',
    file: `${session}/config/mail-settings.ts`,
    interfaces: { MailSettings: '' },
  },
  {
    heading: '## `exposure`',
    file: `${session}/config/exposure-settings.ts`,
    interfaces: { ExposureSettings: '' },
  },
  {
    heading: '## `exposure` of `createLoginHost`',
    file: 'packages/server/src/exposure-guard/guard-options.ts',
    interfaces: { ExposureGuardOptions: '' },
  },
  {
    heading: '## `createFamilyApp`',
    file: `${session}/app/family-app.ts`,
    interfaces: { FamilyAppOptions: '' },
  },
  {
    heading: '## `createAppAlone`',
    file: `${session}/app/app-alone-options.ts`,
    interfaces: { AppAloneOptions: '', SignInOptions: 'signIns.' },
  },
  {
    heading: '## Handshake of an app alone',
    file: `${session}/peer-handshake/options.ts`,
    interfaces: { PeerHandshakeOptions: '', Peer: 'peers.<name>.' },
  },
  {
    heading: '## Links between apps',
    file: `${session}/hop/invitation-limits.ts`,
    interfaces: { InvitationLimits: '' },
  },
  {
    heading: '## `createAppAnyHost`',
    file: `${session}/app/app-any-host.ts`,
    interfaces: { AppAnyHostOptions: '' },
  },
  {
    heading: '### `cookieStore`',
    file: `${session}/cookie-store/cookie-store.ts`,
    interfaces: { CookieStoreOptions: '' },
  },
  {
    heading: '## `csrf`',
    file: `${session}/csrf-guard.ts`,
    interfaces: { CsrfOptions: '' },
  },
  {
    heading: '## `session`',
    file: 'packages/express-session/src/shapes.ts',
    interfaces: { SessionOptions: '', CookieOptions: 'cookie.' },
  },
  {
    heading: '## `createRelyingParty`',
    file: 'packages/sso/src/options.ts',
    interfaces: { RelyingPartyOptions: '', RelyingPartySessions: 'sessions.' },
  },
  {
    heading: '## `openAdministration`',
    file: 'packages/server/src/administration.ts',
    interfaces: { AdministrationOptions: '' },
  },
  {
    heading: '### `createRedisStore`',
    file: `${session}/store/redis/redis.ts`,
    interfaces: { RedisStoreOptions: '' },
  },
  {
    heading: '### `createPostgresStore`',
    file: `${session}/store/postgres/postgres.ts`,
    interfaces: { PostgresStoreOptions: '' },
  },
  {
    heading: '### `createSqliteStore`',
    file: `${session}/store/sqlite/sqlite.ts`,
    interfaces: { SqliteStoreOptions: '' },
  },
  {
    heading: '### `createMemoryStore`',
    file: `${session}/store/memory.ts`,
    interfaces: { MemoryStoreOptions: '' },
  },
  {
    heading: '## `platform`',
    file: `${session}/platform.ts`,
    interfaces: { Platform: '' },
  },
];

/** What docs/configuration.md lists and the code does not have, and the other way round. */
export function optionDifferences(root: string, page: string): string[] {
  return optionSections.flatMap(({ heading, file, interfaces }) => {
    const source = readFileSync(join(root, file), 'utf8');
    const inCode = Object.entries(interfaces).flatMap(([name, prefix]) =>
      membersOf(source, name).map((member) => `${prefix}${member}`),
    );
    const inDocs = firstColumn(sectionOf(page, heading));
    return differences({ inCode, inDocs }, `${heading} of docs/configuration.md`, file);
  });
}

/** Members of an exported interface, those of nested object types with a dot. Throws when there is no such interface. */
export function membersOf(source: string, name: string): readonly string[] {
  const lines = withoutComments(source).split('\n');
  const head = new RegExp(`^export interface ${name}(<.*>)?( extends .*)? \\{$`);
  const start = lines.findIndex((line) => head.test(line));
  if (start === -1) throw new Error(`There is no exported interface ${name}.`);
  const members: string[] = [];
  const path: string[] = [];
  for (const line of lines.slice(start + 1)) {
    if (line === '}') return members;
    const member = /^\s+(?:readonly )?(\w+)\??[:(]/.exec(line)?.[1];
    if (member !== undefined) members.push([...path, member].join('.'));
    if (member !== undefined && line.endsWith('{')) path.push(member);
    else if (/^\s+\};?$/.test(line)) path.pop();
  }
  throw new Error(`The interface ${name} has no end.`);
}

/** Two lists of names, each way. A name that stands twice in the documentation is told as well. */
export function differences(
  { inCode, inDocs }: Readonly<Record<'inCode' | 'inDocs', readonly string[]>>,
  where: string,
  file: string,
): string[] {
  const missing = inCode.filter((name) => !inDocs.includes(name));
  const extra = inDocs.filter((name) => !inCode.includes(name));
  const twice = inDocs.filter((name, index) => inDocs.indexOf(name) !== index);
  return [
    ...missing.map((name) => `${where} has no row for ${name} (${file})`),
    ...extra.map((name) => `${where} has a row for ${name}, which ${file} does not have`),
    ...twice.map((name) => `${where} has two rows for ${name}`),
  ];
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
