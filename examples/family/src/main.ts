// The development family: starts the login host and the apps, and stops them with this process.
import type { Supervisor } from './supervise.ts';

async function run(): Promise<void> {
  if (process.env['NODE_ENV'] === 'production') {
    throw new Error('The development family is not for NODE_ENV=production.');
  }
  // A setting that cannot be used shows while the config is loaded: one line for it, not a stack.
  const { default: family } = await import('./latchkey.config.ts');
  const { readSettings } = await import('./settings.ts');
  const { createSupervisor } = await import('./supervise.ts');
  const settings = readSettings(process.env);
  const print = (text: string): void => console.log(text);
  const supervisor = createSupervisor({ family, settings, environment: process.env, print });
  stopWith(supervisor);
  await supervisor.start();
}

/** Ctrl-C and SIGTERM may come twice; the end of the process that started this one counts as well. */
function stopWith(supervisor: Supervisor): void {
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    void supervisor.stop().then(() => process.exit(0));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  process.on('disconnect', stop);
}

try {
  await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
