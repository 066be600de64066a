import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHttpVisitor, freePort, type HttpVisitor } from '@latchkey/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { codeBlocks } from './markdown.ts';

const root = join(import.meta.dirname, '..');
const page = 'docs/two-domains-without-a-login-host.md';
const hosts = { shop: 'shop.kittens.localhost', toys: 'toys.puppies.localhost' };

interface Running {
  readonly origins: Readonly<Record<'shop' | 'toys', string>>;
  readonly shop: HttpVisitor;
  readonly toys: HttpVisitor;
}

/** Runs both programs of the page, but for the hosts and ports that a machine has not. */
async function start(): Promise<Running> {
  const [shopPort, toysPort] = [await freePort(), await freePort()];
  const origins = {
    shop: `http://${hosts.shop}:${shopPort}`,
    toys: `http://${hosts.toys}:${toysPort}`,
  };
  const folder = await mkdtemp(join(root, '.docs-snippets-run-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const secret = randomBytes(32).toString('base64');
  for (const name of ['shop', 'toys'] as const) {
    const code = programOf(name)
      .replaceAll('https://shop.example', origins.shop)
      .replaceAll('https://toys.example', origins.toys)
      .replaceAll('3001', String(shopPort))
      .replaceAll('3002', String(toysPort));
    await writeFile(join(folder, `${name}.ts`), code);
    const child = spawn(process.execPath, ['--conditions=latchkey-source', `${name}.ts`], {
      cwd: folder,
      env: { ...process.env, PEERS_SECRET: secret },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    onTestFinished(() => ended(child));
    await answering(name === 'shop' ? shopPort : toysPort, child);
  }
  return {
    origins,
    shop: createHttpVisitor(shopPort, new URL(origins.shop).host),
    toys: createHttpVisitor(toysPort, new URL(origins.toys).host),
  };
}

function programOf(name: string): string {
  const blocks = codeBlocks(readFileSync(join(root, page), 'utf8'));
  const found = blocks.find(({ code }) => code.startsWith(`// ${name}.ts`));
  if (found === undefined) throw new Error(`${page} has no program ${name}.ts.`);
  return found.code;
}

async function answering(port: number, child: ChildProcess): Promise<void> {
  const visitor = createHttpVisitor(port, 'nobody.example');
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The program ended with ${child.exitCode}.`);
    if ((await visitor.ask('/').catch(() => null)) !== null) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve()).kill('SIGKILL');
  });
}

async function follow(
  running: Running,
  first: string,
): Promise<readonly [url: string, text: string]> {
  let url = new URL(first);
  for (let hop = 0; hop < 6; hop += 1) {
    const visitor = url.origin === running.origins.shop ? running.shop : running.toys;
    const { headers, text } = await visitor.ask(`${url.pathname}${url.search}`);
    if (headers.location === undefined) return [url.href, text];
    url = new URL(headers.location, url);
  }
  throw new Error('Too many redirects.');
}

test('the two apps of the page run as they stand there: link, redirect, sign-out at either', async () => {
  const running = await start();
  const { shop, toys, origins } = running;
  expect((await toys.ask('/bears')).text).toBe('Hello visitor');
  for (const leaving of [shop, toys]) {
    await shop.ask('/sign-in', { method: 'POST' });
    const home = (await shop.ask('/')).text;
    const link = (/href="([^"]+)"/.exec(home)?.[1] ?? '').replaceAll('&amp;', '&');
    expect(link).toContain('latchkey_invitation=shop.');
    expect(await follow(running, link)).toEqual([`${origins.toys}/bears?size=small`, 'Hello Ada']);
    expect((await toys.ask('/bears')).text).toBe('Hello Ada');
    await leaving.ask('/sign-out', { method: 'POST' });
    expect((await toys.ask('/bears')).text).toBe('Hello visitor');
    expect((await shop.ask('/')).text).not.toContain('latchkey_invitation');
  }
  await shop.ask('/sign-in', { method: 'POST' });
  const arrived = await follow(running, `${origins.shop}/to-the-bears`);
  expect(arrived).toEqual([`${origins.toys}/bears`, 'Hello Ada']);
});
