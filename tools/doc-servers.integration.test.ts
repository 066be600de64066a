import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { freePort, startPostgresServer, startRedisServer } from '@latchkey/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { codeBlocks } from './markdown.ts';

const root = join(import.meta.dirname, '..');
/** The origin and port that the pages write. */
const written = 3000;
/** A block that is a whole server says so in its first line. */
const marker = '// server.ts';

const closing: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Next.js is its own server: `frameworks/next` has the app that its page describes. */
const ownServer = 'docs/adapters/next.md';
const pages = globSync('docs/{{stores,adapters}/*,from-express-session}.md', { cwd: root })
  .filter((page) => page !== ownServer)
  .sort();

/** Servers that a page's snippet asks for by their variable. */
const services: Readonly<Record<string, () => Promise<{ url: string; stop(): Promise<void> }>>> = {
  DATABASE_URL: startPostgresServer,
  REDIS_URL: startRedisServer,
};

async function environmentOf(code: string): Promise<Record<string, string>> {
  const variables: Record<string, string> = { SHOP_SECRET: randomBytes(32).toString('base64') };
  for (const [name, start] of Object.entries(services)) {
    if (!code.includes(name)) continue;
    const server = await start();
    closing.push(() => server.stop());
    variables[name] = server.url;
  }
  return variables;
}

/** Runs a page's server, in a folder of its own, on a port of its own. */
async function run(code: string): Promise<number> {
  const port = await freePort();
  // Inside the repository, so that packages are found.
  const folder = await mkdtemp(join(root, '.docs-snippets-run-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'server.ts'), code.replaceAll(String(written), String(port)));
  const child = spawn(process.execPath, ['--conditions=latchkey-source', 'server.ts'], {
    cwd: folder,
    env: { ...process.env, ...(await environmentOf(code)) },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  closing.push(() => ended(child));
  await answering(port, child);
  return port;
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve()).kill('SIGKILL');
  });
}

async function answering(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}.`);
    if ((await visit(port).catch(() => null)) !== null) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

interface Visit {
  readonly text: string;
  readonly cookie: string;
}

function visit(port: number, cookie = ''): Promise<Visit> {
  return new Promise((resolve, reject) => {
    const headers = {
      host: `shop.kittens.localhost:${port}`,
      ...(cookie === '' ? {} : { cookie }),
    };
    const outgoing = request({ host: '127.0.0.1', port, path: '/', headers }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.on('end', () => {
        const line = incoming.headers['set-cookie']?.[0]?.split(';')[0];
        resolve({ text, cookie: line ?? cookie });
      });
    });
    outgoing.on('error', reject).end();
  });
}

describe.each(pages)('the server of %s', (page) => {
  test('runs as it stands there, and counts visits', async () => {
    const blocks = codeBlocks(readFileSync(join(root, page), 'utf8'));
    const server = blocks.find(
      ({ language, code }) => language === 'ts' && code.startsWith(marker),
    );
    if (server === undefined) throw new Error(`${page} has no block that begins with ${marker}`);
    const port = await run(server.code);
    const first = await visit(port);
    const second = await visit(port, first.cookie);
    const third = await visit(port, second.cookie);
    expect([first.text, second.text, third.text]).toEqual(['visits: 1', 'visits: 2', 'visits: 3']);
  });
});
