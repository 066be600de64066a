// The `latchkey` command.
import { leaveOutModuleWarnings } from './module-warnings.ts';
import { runCommand } from './run-command.ts';

leaveOutModuleWarnings(process);

process.exitCode = await runCommand(
  {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
  },
  process.argv.slice(2),
);
