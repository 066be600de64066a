import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleReport, survey } from '../../test/sample-report.ts';
import type { ExposureReport } from '../exposure-report.ts';
import { toHtml } from './html.ts';

let browser: Browser;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-page-'));
  browser = await chromium.launch({
    executablePath: process.env['LATCHKEY_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
});

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** The report in a tab, and everything that it asked for or that went wrong. */
async function open(
  report: ExposureReport,
  width = 1200,
): Promise<{ readonly page: Page; readonly said: readonly string[] }> {
  const file = join(folder, 'report.html');
  await writeFile(file, toHtml(report));
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  const said: string[] = [];
  const url = pathToFileURL(file).href;
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('dialog', (dialog) => {
    said.push(dialog.message());
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url() !== url) said.push(request.url());
  });
  await page.goto(url);
  return { page, said };
}

const family = [
  survey('example.com'),
  ...Array.from({ length: 5_000 }, (_, index) => survey(`h${index}.example.com`)),
  ...Array.from({ length: 40 }, (_, index) =>
    survey(`f${index}.eu.example.com`, `x.firm${index}.net`),
  ),
];

test('hostile names run nothing, load nothing and are shown as they are', async () => {
  const attack = '<img src=x onerror=alert(1)><script>alert(2)</script>"\'&';
  const { page, said } = await open(
    sampleReport([survey(`${attack}.example.com`, `${attack}.firm.net`)], { notes: [attack] }),
  );
  expect(await page.locator('img, script, iframe, object, a').count()).toBe(0);
  expect(await page.locator('.tree').innerText()).toContain(`${attack}.example.com`);
  expect(said).toEqual([]);
  await page.close();
});

test('five thousand hosts: foreign ones are seen at once, own ones are folded, and the filter works without script', async () => {
  const { page, said } = await open(sampleReport(family));
  expect(await page.getByText('f39.eu.example.com', { exact: true }).last().isVisible()).toBe(true);
  expect(await page.getByText('h4999.example.com', { exact: true }).isVisible()).toBe(false);
  const fold = page.getByText('5,000 more of your own hosts');
  expect(await fold.isVisible()).toBe(true);
  await page.getByLabel('what others run').focus();
  await page.keyboard.press('Space');
  expect(await fold.isVisible()).toBe(false);
  expect(said).toEqual([]);
  await page.close();
});

test.each([390, 1200])('at %i pixels nothing is wider than the page', async (width) => {
  const { page } = await open(sampleReport(family.slice(-60)), width);
  const overflow = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  expect(overflow).toBe(0);
  await page.close();
});

test('on a phone the picture is a list in letters that can be read', async () => {
  const { page } = await open(sampleReport(family.slice(-60)), 390);
  expect(await page.locator('svg.flow').isVisible()).toBe(false);
  const streams = page.locator('.streams li');
  expect(await streams.count()).toBe(12);
  expect(await streams.first().innerText()).toContain('firm');
  const size = await page.evaluate<string>(
    "getComputedStyle(document.querySelector('.streams li')).fontSize",
  );
  expect(Number.parseFloat(size)).toBeGreaterThanOrEqual(13);
  const { page: wide } = await open(sampleReport(family.slice(-60)), 1200);
  expect(await wide.locator('svg.flow').isVisible()).toBe(true);
  expect(await wide.locator('.streams').isVisible()).toBe(false);
  await Promise.all([page.close(), wide.close()]);
});

test('what is closed on the screen is printed, groups of findings and hosts alike', async () => {
  const low = Array.from({ length: 3 }, (_, index) =>
    survey(`c${index}.example.com`, `d${index}.cloudfront.net`),
  );
  const { page } = await open(sampleReport([...family.slice(0, 40), ...low]));
  const words = page.locator('details:not([open]) .words').first();
  const own = page.locator('.tree .more .name').first();
  expect([await words.isVisible(), await own.isVisible()]).toEqual([false, false]);
  await page.emulateMedia({ media: 'print' });
  expect([await words.isVisible(), await own.isVisible()]).toEqual([true, true]);
  await page.close();
});

test('a list older than a year is said to be, where it is named', async () => {
  const { page } = await open(sampleReport([survey('example.com')]));
  const footer = page.locator('footer');
  expect(await footer.getByText('older than a year').count()).toBeGreaterThan(0);
  await page.close();
});
