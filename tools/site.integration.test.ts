import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const built = join(root, 'site', 'dist');
const axe = createRequire(import.meta.url).resolve('axe-core');
const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

let server: Server;
let browser: Browser;
let origin = '';

beforeAll(async () => {
  execFileSync(process.execPath, ['tools/docs.mjs'], { cwd: root, stdio: 'ignore' });
  server = createServer(async ({ url = '/' }, response) => {
    const path = new URL(url, 'http://site').pathname;
    const file = join(built, path.endsWith('/') ? `${path}index.html` : path);
    const content = await readFile(file).catch(() => null);
    response.writeHead(content === null ? 404 : 200, {
      'content-type': types[extname(file)] ?? '',
    });
    response.end(content ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const executablePath = process.env['LATCHKEY_TEST_CHROMIUM'] ?? '/usr/bin/chromium';
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}, 180_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
});

interface Visit {
  readonly page: Page;
  /** Requests to elsewhere, answers that are errors, and what the page's programs complained of. */
  readonly complaints: string[];
}

async function visit(path: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) complaints.push(url);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(`${origin}${path}`, { waitUntil: 'networkidle' });
  return { page, complaints };
}

/** What is asked of a link on a page. */
interface Link {
  readonly href: string;
}

/** What axe finds serious or critical on the page, each with where. */
async function seriousFaults(page: Page): Promise<readonly string[]> {
  await page.addScriptTag({ path: axe });
  return page.evaluate(async () => {
    interface Found {
      readonly violations: readonly {
        readonly id: string;
        readonly impact: string;
        readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
      }[];
    }
    const { axe } = globalThis as unknown as { axe: { run(): Promise<Found> } };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id} ${html} ${failureSummary}`),
      );
  });
}

test('the home page has the contents, and every page of its sidebar is there', async () => {
  const { page, complaints } = await visit('/');
  expect(await page.locator('h1').innerText()).toContain('Documentation');
  const links = await page
    .locator('.VPSidebar a')
    .evaluateAll((found: readonly Link[]) => found.map(({ href }) => href));
  expect(links.length).toBeGreaterThan(20);
  for (const link of new Set(links)) expect((await fetch(link)).status, link).toBe(200);
  expect(complaints).toEqual([]);
});

test('a search for sign-out finds the guarantees', async () => {
  const { page, complaints } = await visit('/');
  await page
    .getByRole('button', { name: /search/i })
    .first()
    .click();
  await page.getByRole('searchbox').fill('sign-out');
  const hit = page.locator('.VPLocalSearchBox a[href*="guarantees"]').first();
  await hit.waitFor();
  await hit.click();
  await page.waitForURL(/guarantees/);
  expect(await page.locator('h1').innerText()).toContain('Guarantees');
  expect(complaints).toEqual([]);
});

test('on a phone no page is wider than the screen, and its menu opens', async () => {
  const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
  for (const path of ['/', '/configuration.html']) {
    const { page, complaints } = await visit(path, phone);
    const width = await page
      .locator('html')
      .evaluate(({ scrollWidth }: { scrollWidth: number }) => scrollWidth);
    expect(width, path).toBe(360);
    expect(complaints).toEqual([]);
  }
  const { page } = await visit('/guarantees.html', phone);
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.locator('.VPSidebar').getByRole('link', { name: 'Configuration' }).click();
  await page.waitForURL(/configuration/);
});

test('links to headings lead to them, and files of the repository are no dead links', async () => {
  const { page } = await visit('/guarantees.html');
  const ids = await page
    .locator('[id]')
    .evaluateAll((found: readonly { id: string }[]) => found.map(({ id }) => `#${id}`));
  const links = await page
    .locator('.vp-doc a')
    .evaluateAll((found: readonly Link[]) => found.map(({ href }) => href));
  const inside = links.map((link) => new URL(link)).filter((url) => url.origin === origin);
  expect(inside.length).toBeGreaterThan(10);
  for (const { pathname, hash } of inside) {
    if (pathname === '/guarantees.html') expect(ids).toContain(decodeURIComponent(hash));
    else expect((await fetch(`${origin}${pathname}`)).status, pathname).toBe(200);
  }
});

test.each(['light', 'dark'] as const)('in %s mode axe finds nothing serious', async (scheme) => {
  for (const path of ['/', '/from-fastify-session.html']) {
    const { page, complaints } = await visit(path, { colorScheme: scheme });
    expect(await page.locator('html.dark').count()).toBe(scheme === 'dark' ? 1 : 0);
    expect(await seriousFaults(page), path).toEqual([]);
    expect(complaints).toEqual([]);
  }
});
