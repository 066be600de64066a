// The `latchkey` command.
import { runCommand } from './run-command.ts';

process.exitCode = await runCommand(
  {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
  },
  process.argv.slice(2),
);
