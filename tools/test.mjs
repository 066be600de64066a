// npm test: every check and every test, each step under a heading with its own time. `--quick` (npm run check) leaves
// out what starts servers and browsers. A step that fails does not keep the later ones from running.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, environment, nodeBinary, root } from './ensure-installed.mjs';
import { testPrograms } from './test-programs.mjs';
import { countVitest } from './vitest-counts.mjs';

const isQuick = process.argv.includes('--quick');
const reports = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
const total = { passed: 0, failed: 0 };
let running = null;

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    running?.kill(signal);
    finish(130);
  });
}

try {
  ensureInstalled();
} catch (error) {
  console.error(error.message);
  total.failed += 1;
  finish(1);
}
const programs = isQuick ? { paths: {}, missing: [] } : testPrograms();
const source = '--conditions=latchkey-source';

await step('format and lint', command('biome', 'ci', '--colors=off', '.'));
await step('walls between packages', command(nodeBinary(), source, 'tools/check-imports.ts'));
await step('error codes', command(nodeBinary(), source, 'tools/check-errors.ts'));
await step('names of durations', command(nodeBinary(), source, 'tools/check-names.ts'));
await step('package shapes', command(nodeBinary(), source, 'tools/check-packages.ts'));
await step('documentation', command(nodeBinary(), source, 'tools/check-docs.ts'));
await step('types', command('tsc', '-p', 'tsconfig.check.json', '--pretty', 'false'));
if (isQuick) {
  await step('unit tests', vitest('unit'));
} else {
  await step('programs that tests need', async () => reportPrograms());
  await step('unit and integration tests', vitest('unit', 'integration'));
  await step('tests of the login host on Postgres', vitest('server-on-postgres'));
  await step('browser tests', vitest('browser'));
}
finish(total.failed === 0 ? 0 : 1);

/** Runs one step and adds what it counted: tests, or one for a check. */
async function step(name, run) {
  console.log(`\n== ${name}`);
  const startedAt = performance.now();
  const counts = await run();
  total.passed += counts.passed;
  total.failed += counts.failed;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`-- ${name}: ${counts.failed === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
}

function command(file, ...args) {
  return async () => count((await execute(file, args)) === 0);
}

function vitest(...projects) {
  return async () => {
    const report = join(reports, `${projects.join('-')}.json`);
    const args = ['run', '--passWithNoTests', ...projects.flatMap((name) => ['--project', name])];
    args.push('--reporter=default', '--reporter=json', `--outputFile.json=${report}`);
    const exitCode = await execute('vitest', args);
    return countVitest(readReport(report), exitCode);
  };
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

function reportPrograms() {
  for (const path of Object.values(programs.paths)) console.log(path);
  if (programs.missing.length > 0) {
    console.log(`Missing. On Debian, as root: apt-get install ${programs.missing.join(' ')}`);
  }
  return count(programs.missing.length === 0);
}

function execute(file, args) {
  return new Promise((done) => {
    running = spawn(file, args, {
      cwd: root,
      env: environment(programs.paths),
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    running.on('error', (error) => {
      console.error(`${file} could not be started: ${error.message}`);
      done(1);
    });
    running.on('exit', (code) => done(code ?? 1));
  });
}

function count(isGood) {
  return isGood ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

function finish(exitCode) {
  rmSync(reports, { recursive: true, force: true });
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  process.exit(exitCode);
}
