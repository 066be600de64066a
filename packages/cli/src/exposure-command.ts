import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ExposureOptions } from './exposure-options.ts';
import { configNames } from './load-family.ts';
import type { Terminal } from './terminal.ts';

/** `latchkey exposure`: what is loaded for it is imported when it runs. */
export function addExposure(program: Command, terminal: Terminal, version: string): void {
  const command = program
    .command('exposure')
    .description('who else receives the cookie: every host of your DNS, and who runs it');
  addInputs(command);
  addCookie(command);
  addJudgement(command);
  addOutput(command).action(async (options: ExposureOptions) => {
    const { exposure } = await import('./exposure.ts');
    await exposure(terminal, options, version);
  });
}

function addInputs(command: Command): void {
  command
    .option('--zone <file...>', 'zone files as BIND reads them; - is the standard input')
    .option('--origin <domain>', 'the zone of files that do not say it')
    .option(
      '--include-folder <folder...>',
      'folders besides its own that a zone file may include from',
    )
    .option('--axfr <zone...>', 'zones to transfer: zone@server, or from --resolver')
    .option('--export <file...>', 'what any other tool exports, told by its shape (see the page)')
    .option('--hosts <file...>', 'lists of hosts or URLs, one a line; - is the standard input')
    .option('--ct <file...>', 'certificate logs as crt.sh or certspotter export them (JSON)')
    .option('--route53 <file...>', 'record sets as the AWS command line lists them (JSON)')
    .option('--cloudflare <file...>', 'DNS records as the Cloudflare API lists them (JSON)')
    .addOption(new Option('--offline', 'ask nobody but for --axfr: judge by the records alone'))
    .addOption(
      new Option(
        '--resolver <address...>',
        'name servers to ask, such as 127.0.0.1:53; default those of this machine',
      ).conflicts('offline'),
    );
}

function addCookie(command: Command): void {
  command
    .option('--cookie <text>', 'the cookie as Set-Cookie has it; the value may be missing')
    .addOption(
      new Option('--har <file>', 'a recording of a browser to take the cookie from').conflicts(
        'cookie',
      ),
    )
    .option('--cookie-name <name>', 'which cookie of the recording')
    .option('--cookie-host <host>', 'the host that sets the cookie')
    .option('--app <host...>', 'hosts of the apps that the cookie must serve')
    .option(
      '--config <path>',
      `the family config (default: ${configNames[0]} here, or .mts, .cts, .js, .mjs, .cjs)`,
    );
}

function addJudgement(command: Command): void {
  const levels = ['low', 'medium', 'high', 'critical'];
  command
    .option(
      '--own-domain <domain...>',
      'domains and targets that are yours beside that of the cookie',
    )
    .option('--own-range <cidr...>', 'your networks; without any, every address counts as yours')
    .option('--accept <name...>', 'targets that may have the cookie, or hosts of yours')
    .option('--lists <folder>', 'lists of firms in place of those that come along')
    .option('--baseline <file>', 'findings that are accepted, with reason and last day')
    .option('--report <file>', 'an earlier report as JSON, to say what changed')
    .addOption(
      new Option(
        '--fail-on <level>',
        'severity from which the exit code is 1 (default: that of the config, else low)',
      ).choices(levels),
    );
}

function addOutput(command: Command): Command {
  return command
    .addOption(new Option('--json', 'print JSON, errors too').conflicts(['sarif', 'html']))
    .addOption(new Option('--sarif', 'print SARIF 2.1.0').conflicts(['json', 'html']))
    .addOption(new Option('--html', 'print one HTML file').conflicts(['json', 'sarif']))
    .option('--out <file>', 'write the report there', refuseEmpty);
}

function refuseEmpty(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('A file name is missing.');
}
