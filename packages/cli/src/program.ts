// The `latchkey` command: reads the command line and the config, calls the other packages, prints what they give and
// sets the exit code. A file for each command. What is true of accounts, sign-outs or exposures is decided in the
// packages that it calls.

import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { addAccess, addGroups } from './access-commands.ts';
import { addExposure } from './exposure-command.ts';
import { type CommonOptions, common, run } from './family-command.ts';
import { loadFamily } from './load-family.ts';
import { printResult } from './print.ts';
import { confirm, readPassword } from './read-password.ts';
import type { Terminal } from './terminal.ts';

interface AddOptions {
  readonly name: string;
  readonly passwordStdin?: boolean;
  readonly administrator?: boolean;
  readonly grant?: readonly string[];
}

interface ServeCommandOptions {
  readonly port: number;
  readonly host: string;
  readonly allowRange?: readonly string[];
  readonly trustedProxy?: readonly string[];
}

/** Of `serve`, and of `doctor`, which judges as `serve` would. */
const allowRange = [
  '--allow-range <cidr...>',
  'internal networks that logout notices may be sent to',
] as const;

const afterHelp = `
Exit codes: 0 done, 1 refused or failed, 2 the command line, the standard input or the config cannot be used.
Secrets are read from the config and the standard input, never from the command line.`;

/**
 * The whole command line. Nothing is loaded before a command runs: what it needs is imported then. Commands throw; whoever
 * parses turns that into an exit code.
 */
export function createProgram(terminal: Terminal, version: string): Command {
  const program = new Command('latchkey')
    .description('One sign-in and one sign-out for every app of a family.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      // Printed once, by whoever caught it, in the form that was asked for.
      outputError: () => undefined,
    })
    .addHelpText('after', afterHelp);
  addAppKey(program, terminal);
  addServe(program, terminal);
  addAccounts(program.command('account').description('the people who can sign in'), terminal);
  addAccess(program.command('access').description('who may enter which app'), terminal);
  addGroups(
    program.command('group').description('groups of accounts, and the apps they open'),
    terminal,
  );
  addCheck(program, terminal);
  addDoctor(program, terminal);
  addExposure(program, terminal, version);
  return program;
}

function addAppKey(program: Command, terminal: Terminal): void {
  common(program.command('app-key <app>'))
    .description('print the value of LATCHKEY_APP_KEY for an app')
    .option('--client', 'print what an OpenID Connect client is set up with (reach oidc)')
    .action(async (app: string, options: CommonOptions & { readonly client?: boolean }) => {
      const { showAppKey, showClient } = await import('./app-key.ts');
      const show = options.client === true ? showClient : showAppKey;
      await run(terminal, options, (family) => show(family, app));
    });
}

function addServe(program: Command, terminal: Terminal): void {
  const port = new Option('--port <number>', 'port to listen on')
    .env('PORT')
    .default(4000)
    .argParser(parsePort);
  common(program.command('serve'))
    .description('run the login host; events are lines of JSON on the standard output')
    .addOption(port)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(...allowRange)
    .option('--trusted-proxy <address...>', 'proxies in front that append to X-Forwarded-For')
    .action(async (options: CommonOptions & ServeCommandOptions) => {
      const { serve } = await import('./serve.ts');
      const family = await loadFamily(options.config);
      const { port, host, allowRange = [], trustedProxy = [] } = options;
      await serve(terminal, family, {
        port,
        host,
        allowedRanges: allowRange,
        trustedProxies: trustedProxy,
      });
    });
}

function addAccounts(account: Command, terminal: Terminal): void {
  addNewAccount(account, terminal);
  addInvitations(account, terminal);
  addDecisions(account, terminal);
  common(account.command('list'))
    .description('list every account with the apps it may enter')
    .action(async (options: CommonOptions) => {
      const { listAccounts } = await import('./accounts.ts');
      await run(terminal, options, listAccounts);
    });
  common(account.command('set-password <email>'))
    .description('change a password; signs the account out everywhere')
    .option('--password-stdin', 'read the password from the standard input')
    .action(
      async (email: string, options: CommonOptions & { readonly passwordStdin?: boolean }) => {
        const { setPassword } = await import('./accounts.ts');
        await run(terminal, options, async (family) =>
          setPassword(family, email, await readPassword(terminal, options.passwordStdin === true)),
        );
      },
    );
  common(account.command('set-state <email>'))
    .description('suspend an account, which signs it out everywhere, or make it active')
    .addArgument(new Argument('<state>').choices(['active', 'suspended']))
    .action(async (email: string, state: 'active' | 'suspended', options: CommonOptions) => {
      const { setState } = await import('./accounts.ts');
      await run(terminal, options, (family) => setState(family, email, state));
    });
  common(account.command('sign-out <email>'))
    .description('end every sign-in of an account')
    .action(async (email: string, options: CommonOptions) => {
      const { signOutAccount } = await import('./accounts.ts');
      await run(terminal, options, (family) => signOutAccount(family, email));
    });
  addDetails(account, terminal);
  addDeletion(account, terminal);
}

function addDetails(account: Command, terminal: Terminal): void {
  common(account.command('rename <email> <name>'))
    .description('change the name that apps show from the next request on')
    .action(async (email: string, name: string, options: CommonOptions) => {
      const { renameAccount } = await import('./accounts.ts');
      await run(terminal, options, (family) => renameAccount(family, email, name));
    });
  common(account.command('set-email <email> <address>'))
    .description('change the address to sign in with, which is then not confirmed')
    .action(async (email: string, address: string, options: CommonOptions) => {
      const { setEmail } = await import('./accounts.ts');
      await run(terminal, options, (family) => setEmail(family, email, address));
    });
  common(account.command('administrator <email>'))
    .description('mark an account as administrator, or take the mark away')
    .addArgument(new Argument('[mark]').choices(['on', 'off']).default('on'))
    .action(async (email: string, mark: 'on' | 'off', options: CommonOptions) => {
      const { setAdministrator } = await import('./accounts.ts');
      await run(terminal, options, (family) => setAdministrator(family, email, mark === 'on'));
    });
}

function addNewAccount(account: Command, terminal: Terminal): void {
  common(account.command('add <email>'))
    .description('make an active account')
    .requiredOption('--name <text>', 'name that apps show')
    .option('--password-stdin', 'read the password from the standard input')
    .option('--administrator', 'mark it as administrator')
    .option('--grant <app...>', 'apps that it may enter')
    .action(async (email: string, options: CommonOptions & AddOptions) => {
      const { addAccount } = await import('./accounts.ts');
      const { name, passwordStdin = false, administrator = false, grant: grants = [] } = options;
      await run(terminal, options, (family) =>
        addAccount(family, {
          email,
          name,
          grants,
          isAdministrator: administrator,
          readPassword: () => readPassword(terminal, passwordStdin),
        }),
      );
    });
}

interface InviteOptions {
  readonly app?: readonly string[];
  readonly role?: string;
  readonly until?: string;
  readonly name?: string;
  readonly print?: boolean;
  readonly language?: string;
}

function addInvitations(account: Command, terminal: Terminal): void {
  common(account.command('invite <email>'))
    .description('invite somebody to make an account of their own, by mail')
    .option('--app <app...>', 'apps that they may enter')
    .option('--role <role>', 'a role that they have in these apps')
    .option('--until <when>', 'instant or date (UTC) after which they may not enter them')
    .option('--name <text>', 'what the form is filled in with')
    .option('--language <tag>', 'language of the mail', 'en')
    .option('--print', 'print the link instead of sending it')
    .action(async (email: string, options: CommonOptions & InviteOptions) => {
      const { inviteAccount } = await import('./invitations.ts');
      const { parseUntil } = await import('./access.ts');
      const { app: apps = [], until, print: isPrinted = false, name, role } = options;
      await run(terminal, options, async (family) =>
        inviteAccount(family, {
          email,
          apps,
          isPrinted,
          language: options.language ?? 'en',
          until: until === undefined ? null : parseUntil(until, Date.now()),
          ...(name === undefined ? {} : { name }),
          ...(role === undefined ? {} : { role }),
        }),
      );
    });
}

function addDecisions(account: Command, terminal: Terminal): void {
  common(account.command('approve <email>'))
    .description('let somebody in who registered and waits')
    .action(async (email: string, options: CommonOptions) => {
      const { approveAccount } = await import('./invitations.ts');
      await run(terminal, options, (family) => approveAccount(family, email));
    });
  common(account.command('deny <email>'))
    .description('delete the account of somebody who registered and waits')
    .option('--reason <text>', 'what they are told by mail, at most 500 characters')
    .action(async (email: string, options: CommonOptions & { readonly reason?: string }) => {
      const { denyAccount } = await import('./invitations.ts');
      await run(terminal, options, (family) => denyAccount(family, email, options.reason ?? null));
    });
}

function addDeletion(account: Command, terminal: Terminal): void {
  common(account.command('delete <email>'))
    .description('delete an account for good; signs it out everywhere and frees the address')
    .option('--yes', 'do not ask')
    .action(async (email: string, options: CommonOptions & { readonly yes?: boolean }) => {
      const { setState } = await import('./accounts.ts');
      await run(terminal, options, async (family) => {
        const isSure =
          options.yes === true || (await confirm(terminal, `Delete ${email} for good?`));
        if (isSure) return setState(family, email, 'deleted');
        return { json: { email, deleted: false }, text: 'Nothing was changed.' };
      });
    });
}

function addCheck(program: Command, terminal: Terminal): void {
  common(program.command('check'))
    .description(
      'say whether config, database and store are in order, and which migrations are pending',
    )
    .action(async (options: CommonOptions) => {
      const { check } = await import('./check.ts');
      const { diagnosis, refuseBad } = await import('./doctor.ts');
      const findings = await check({ family: await loadFamily(options.config), now: Date.now });
      printResult(terminal, diagnosis(findings), options.json === true);
      refuseBad(findings);
    });
}

function addDoctor(program: Command, terminal: Terminal): void {
  common(program.command('doctor'))
    .description('look for what is wrong with a family, from this machine')
    .option(...allowRange)
    .action(async (options: CommonOptions & Pick<ServeCommandOptions, 'allowRange'>) => {
      const { createOutgoingCalls } = await import('@latchkey/server/administration');
      const { diagnosis, examine, refuseBad } = await import('./doctor.ts');
      const { browserWeb } = await import('./doctor-web.ts');
      const family = await loadFamily(options.config);
      const calls = createOutgoingCalls({ allowedRanges: options.allowRange ?? [] });
      const findings = await examine({ family, web: browserWeb, calls, now: Date.now });
      await calls.close();
      printResult(terminal, diagnosis(findings), options.json === true);
      refuseBad(findings);
    });
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a whole number from 1 to 65535.');
}
