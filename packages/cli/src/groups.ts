import type { GroupChange } from '@latchkey/server/administration';
import { type Family, LatchkeyError, memberOf } from '@latchkey/session';
import { administer, find, withAdministration } from './accounts.ts';
import type { CliErrorCode } from './errors.ts';
import { type Result, table } from './print.ts';

/** Apps that a group opens. */
export interface GroupGrant {
  readonly name: string;
  readonly apps: readonly string[];
  readonly role: string | null;
}

export function addGroup(family: Family, name: string): Promise<Result> {
  return withAdministration(family, false, async ({ groups }) => {
    const result = await groups.add(name);
    if (result === 'name-invalid') {
      throw invalid(
        'The name of a group has 1 to 64 lower-case letters, digits, - and _, and begins with a letter.',
      );
    }
    if (result === 'name-taken') throw invalid(`There is a group '${name}'. Nothing was changed.`);
    return { json: { group: name }, text: `${name} is a group now.` };
  });
}

export function removeGroup(family: Family, name: string): Promise<Result> {
  return withAdministration(family, true, async ({ groups }) => {
    const change = changed(await groups.remove(name), name);
    return { json: { group: name, removed: true, ...change }, text: `${name} is removed.` };
  });
}

export function listGroups(family: Family): Promise<Result> {
  return withAdministration(family, true, async ({ groups }) => {
    const all = await groups.list();
    const rows = all.map(({ name, members, apps }) => [
      ...[name, String(members)],
      apps.map(({ app, role }) => (role === null ? app : `${app} (${role})`)).join(', '),
    ]);
    return {
      json: all,
      text:
        all.length === 0
          ? 'There are no groups yet.'
          : table([['group', 'members', 'apps'], ...rows]),
    };
  });
}

/** Takes accounts into a group or out of it; all addresses must be those of accounts. */
export function changeMembers(
  family: Family,
  {
    verb,
    name,
    emails,
  }: { readonly verb: 'add' | 'remove'; readonly name: string; readonly emails: readonly string[] },
): Promise<Result> {
  return administer(family, async ({ accounts, groups }) => {
    const members = [];
    for (const email of emails) members.push(await find(accounts, email));
    for (const { id, email } of members) {
      const act = verb === 'add' ? groups.addMember : groups.removeMember;
      changed(await act(name, id), name, `${email} is not in ${name}.`);
    }
    const known = members.map(({ email }) => email);
    const words = verb === 'add' ? 'in' : 'not in';
    const be = known.length === 1 ? 'is' : 'are';
    return {
      json: { group: name, members: known, isMember: verb === 'add' },
      text: `${known.join(', ')} ${be} ${words} ${name} now.`,
    };
  });
}

/** Opens apps to the members of a group. Apps and role must be of the family. */
export function grantToGroup(family: Family, { name, apps, role }: GroupGrant): Promise<Result> {
  for (const app of apps) requireRole(family, app, role);
  return withAdministration(family, true, async ({ groups }) => {
    for (const app of apps) changed(await groups.grant(name, app, role), name);
    return {
      json: { group: name, apps, role },
      text: `${name} opens ${apps.join(', ')}${role === null ? '' : ` as ${role}`}.`,
    };
  });
}

/** Closes apps that a group opened, also those that have left the family. */
export function withdrawFromGroup(
  family: Family,
  name: string,
  apps: readonly string[],
): Promise<Result> {
  return withAdministration(family, true, async ({ groups }) => {
    for (const app of apps) changed(await groups.withdraw(name, app), name);
    return {
      json: { group: name, withdrawn: apps },
      text: `${name} opens ${apps.join(', ')} no more.`,
    };
  });
}

/** Throws `app_unknown`, and `input_invalid` for a role that the app has not. */
export function requireRole(family: Family, app: string, role: string | null): void {
  const { roles } = memberOf(family, app);
  if (role === null || roles.includes(role)) return;
  const known = roles.length === 0 ? 'It has none' : `It has: ${roles.join(', ')}`;
  throw invalid(`The app '${app}' has no role '${role}'. ${known}.`);
}

function changed(
  change: GroupChange,
  name: string,
  unknownAccount = 'No account has that address.',
): { readonly signedIn: number } {
  if (change.kind === 'changed') return { signedIn: change.signedIn };
  throw invalid(change.why === 'unknown-group' ? `There is no group '${name}'.` : unknownAccount);
}

function invalid(message: string): LatchkeyError<CliErrorCode> {
  return new LatchkeyError<CliErrorCode>('input_invalid', message);
}
