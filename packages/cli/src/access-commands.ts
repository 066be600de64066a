import type { Command } from 'commander';
import { type CommonOptions, common, run } from './family-command.ts';
import type { Terminal } from './terminal.ts';

interface GrantOptions extends CommonOptions {
  readonly until?: string;
  readonly role?: string;
}

/** `latchkey access`: who may enter which app, and who decides on requests. */
export function addAccess(access: Command, terminal: Terminal): void {
  common(access.command('grant <email> <app...>'))
    .description('let an account enter apps')
    .option('--until <instant>', 'when the grant runs out: a date or an instant of ISO 8601')
    .option('--role <name>', 'a role that the config has for these apps')
    .action(async (email: string, apps: readonly string[], options: GrantOptions) => {
      const { grantAccess, parseUntil } = await import('./access.ts');
      const until = options.until === undefined ? null : parseUntil(options.until, Date.now());
      const grant = { until, role: options.role ?? null };
      await run(terminal, options, (family) => grantAccess(family, { email, apps, ...grant }));
    });
  common(access.command('revoke <email> <app...>'))
    .description('withdraw access to apps, also from whoever is signed in')
    .action(async (email: string, apps: readonly string[], options: CommonOptions) => {
      const { revokeAccess } = await import('./access.ts');
      await run(terminal, options, (family) => revokeAccess(family, email, apps));
    });
  addApprovers(access.command('approver').description('who decides on requests'), terminal);
}

function addApprovers(approver: Command, terminal: Terminal): void {
  common(approver.command('add <email> <app...>'))
    .description('let an account decide on requests for apps')
    .action(async (email: string, apps: readonly string[], options: CommonOptions) => {
      const { addApprover } = await import('./approvers.ts');
      await run(terminal, options, (family) => addApprover(family, email, apps));
    });
  common(approver.command('remove <email> <app...>'))
    .description('take that away; what it decided stays')
    .action(async (email: string, apps: readonly string[], options: CommonOptions) => {
      const { removeApprover } = await import('./approvers.ts');
      await run(terminal, options, (family) => removeApprover(family, email, apps));
    });
  common(approver.command('list'))
    .description('list the approvers of every app')
    .action(async (options: CommonOptions) => {
      const { listApprovers } = await import('./approvers.ts');
      await run(terminal, options, listApprovers);
    });
}

/** `latchkey group`: groups of accounts, and the apps that they open. */
export function addGroups(group: Command, terminal: Terminal): void {
  common(group.command('add <name>'))
    .description('make a group')
    .action(async (name: string, options: CommonOptions) => {
      const { addGroup } = await import('./groups.ts');
      await run(terminal, options, (family) => addGroup(family, name));
    });
  common(group.command('remove <name>'))
    .description('remove a group; its members lose what it alone opened')
    .action(async (name: string, options: CommonOptions) => {
      const { removeGroup } = await import('./groups.ts');
      await run(terminal, options, (family) => removeGroup(family, name));
    });
  common(group.command('list'))
    .description('list every group with its apps')
    .action(async (options: CommonOptions) => {
      const { listGroups } = await import('./groups.ts');
      await run(terminal, options, listGroups);
    });
  addMembers(group.command('member').description('who is in a group'), terminal);
  addGroupApps(group, terminal);
}

function addMembers(member: Command, terminal: Terminal): void {
  for (const [verb, description] of [
    ['add', 'take accounts into a group'],
    ['remove', 'take accounts out of a group'],
  ] as const) {
    common(member.command(`${verb} <group> <email...>`))
      .description(description)
      .action(async (name: string, emails: readonly string[], options: CommonOptions) => {
        const { changeMembers } = await import('./groups.ts');
        await run(terminal, options, (family) => changeMembers(family, { verb, name, emails }));
      });
  }
}

function addGroupApps(group: Command, terminal: Terminal): void {
  common(group.command('grant <name> <app...>'))
    .description('open apps to the members of a group')
    .option('--role <name>', 'a role that the config has for these apps')
    .action(
      async (
        name: string,
        apps: readonly string[],
        options: CommonOptions & { readonly role?: string },
      ) => {
        const { grantToGroup } = await import('./groups.ts');
        const grant = { name, apps, role: options.role ?? null };
        await run(terminal, options, (family) => grantToGroup(family, grant));
      },
    );
  common(group.command('withdraw <name> <app...>'))
    .description('close apps that a group opened')
    .action(async (name: string, apps: readonly string[], options: CommonOptions) => {
      const { withdrawFromGroup } = await import('./groups.ts');
      await run(terminal, options, (family) => withdrawFromGroup(family, name, apps));
    });
}
