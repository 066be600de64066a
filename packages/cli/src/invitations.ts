import { type Administration, languageTags } from '@latchkey/server/administration';
import { type Family, LatchkeyError, memberOf } from '@latchkey/session';
import { administer, find, withAdministration } from './accounts.ts';
import type { CliErrorCode } from './errors.ts';
import type { Result } from './print.ts';

/** What `latchkey account invite` is told. */
export interface WantedInvitation {
  readonly email: string;
  /** What the form is filled in with. */
  readonly name?: string;
  /** Apps that whoever accepts may enter. */
  readonly apps: readonly string[];
  /** In each of the apps; they all have it. */
  readonly role?: string;
  /** Milliseconds since 1970. */
  readonly until: number | null;
  /** Prints the link instead of sending it. */
  readonly isPrinted: boolean;
  readonly language: string;
}

const refusals = {
  'email-invalid': ['input_invalid', 'That is not an e-mail address that accounts may have.'],
  'email-taken': ['account_exists', 'There is an account with that address. Nobody was invited.'],
  'name-invalid': [
    'input_invalid',
    'A name has 1 to 100 characters, no line breaks and none that turn the direction of writing.',
  ],
  closed: [
    'input_invalid',
    "The config has people.registration 'closed': write 'invitation' or 'open', and restart the login host.",
  ],
  'mail-limited': [
    'input_invalid',
    'That address had five mails within the last hour. Try again later, or hand the link over with --print.',
  ],
} as const satisfies Readonly<Record<string, readonly [CliErrorCode, string]>>;

/** Invites somebody, by mail or by a link that is printed. Throws `app_unknown` before anything is written. */
export function inviteAccount(family: Family, wanted: WantedInvitation): Promise<Result> {
  const { email, name, apps, role = null, until, isPrinted, language } = wanted;
  for (const app of apps) requireRole(family, app, role);
  if (!isPrinted) requireMail(family);
  if (!languageTags.includes(language)) {
    throw failure(
      'input_invalid',
      `There are no mails in '${language}', but in ${languageTags.join(', ')}.`,
    );
  }
  const access = apps.map((app) => ({ app, role, until }));
  return withAdministration(family, false, async ({ invitations }) => {
    const result = await invitations.invite({
      email,
      ...(name === undefined ? {} : { name }),
      access,
      invitedBy: null,
      language: isPrinted ? null : language,
    });
    if (result.kind === 'refused') {
      const [code, message] = refusals[result.why];
      throw failure(code, message);
    }
    const expiresAt = new Date(result.expiresAt).toISOString();
    const link = isPrinted ? { link: result.link } : {};
    const how = isPrinted ? `with this link: ${result.link}` : 'by mail';
    return {
      json: { id: result.id, email: result.email, apps, expiresAt, ...link },
      text: `${result.email} is invited until ${expiresAt}, ${how}`,
    };
  });
}

/** Lets somebody in who waits for approval, and tells them by mail. */
export function approveAccount(family: Family, email: string): Promise<Result> {
  return decide(family, email, ({ decisions }, id) => decisions.approve(id));
}

/** Deletes the account of somebody who waits for approval, and tells them why by mail. */
export function denyAccount(family: Family, email: string, reason: string | null): Promise<Result> {
  return decide(family, email, ({ decisions }, id) => decisions.deny(id, reason));
}

function decide(
  family: Family,
  email: string,
  decideOn: (
    administration: Administration,
    id: string,
  ) => ReturnType<Administration['decisions']['approve']>,
): Promise<Result> {
  return administer(family, async (administration) => {
    const { id, email: address } = await find(administration.accounts, email);
    const result = await decideOn(administration, id);
    if (result.kind === 'not-waiting') {
      throw failure('input_invalid', `${address} does not wait for approval. Nothing was changed.`);
    }
    const { state } = result.account;
    const text = `${address} is ${state === 'active' ? 'approved' : 'denied'}, and is told by mail.`;
    return { json: { id, email: address, state }, text };
  });
}

function requireRole(family: Family, name: string, role: string | null): void {
  const { roles } = memberOf(family, name);
  if (role === null || roles.includes(role)) return;
  const known = roles.length === 0 ? 'no roles' : `the roles ${roles.join(', ')}`;
  throw failure('input_invalid', `The app '${name}' has ${known} in the config, not '${role}'.`);
}

/** In development a mailbox takes what no server does. */
function requireMail({ mail, loginHost }: Family): void {
  const isLocal = new URL(loginHost.origin).hostname.endsWith('.localhost');
  if (isLocal || (mail?.smtp ?? null) !== null) return;
  throw failure(
    'input_invalid',
    'The config names no server that sends mails (mail.smtp). Hand the link over yourself: --print.',
  );
}

function failure(code: CliErrorCode, message: string): LatchkeyError<CliErrorCode> {
  return new LatchkeyError<CliErrorCode>(code, message);
}
