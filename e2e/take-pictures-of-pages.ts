// Takes pictures of the pages of the login host and of those that apps show by themselves, in light and dark, on a desk and
// on a phone, into docs/images/pages: `npm run pictures -w @latchkey/e2e`. Another folder may be given as an argument.
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { fillSignIn, launchBrowser } from './browser.ts';
import {
  type DevelopmentFamily,
  type Host,
  repository,
  startDevelopmentFamily,
  until,
} from './family.ts';

const looks = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1120, height: 720 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1120, height: 720 } },
  { name: 'phone-light', colorScheme: 'light', viewport: { width: 375, height: 720 } },
  { name: 'phone-dark', colorScheme: 'dark', viewport: { width: 375, height: 720 } },
] as const;

interface Pictured {
  readonly name: string;
  /** Who is signed in. Default nobody. */
  readonly person?: 'ada' | 'ben' | 'cat';
  readonly host?: Host;
  readonly path: string;
  /** Default English. */
  readonly locale?: 'en' | 'de';
  /** What is done on the page before the picture is taken. */
  readonly act?: (page: Page, family: DevelopmentFamily) => Promise<void>;
}

const brokenArrival = '/_latchkey/handshake?token=x';
const pages: readonly Pictured[] = [
  { name: 'sign-in', path: '/sign-in' },
  { name: 'sign-in-to-an-app', host: 'toys', path: '/sign-in' },
  { name: 'sign-in-german', host: 'wiki', path: '/sign-in', locale: 'de' },
  {
    name: 'sign-in-refused',
    path: '/sign-in',
    act: (page) => fillSignIn(page, 'ben@kittens.example', 'wrong'),
  },
  {
    name: 'waiting-for-approval',
    path: '/sign-in',
    act: (page, { password }) => fillSignIn(page, 'dan@kittens.example', password),
  },
  { name: 'home', person: 'ada', path: '/' },
  { name: 'home-german', person: 'ben', path: '/', locale: 'de' },
  { name: 'home-without-apps', person: 'cat', path: '/' },
  { name: 'devices', person: 'ada', path: '/devices' },
  { name: 'no-access', person: 'cat', path: '/no-access?app=toys' },
  {
    name: 'no-access-asked',
    person: 'cat',
    path: '/no-access?app=toys',
    async act(page) {
      await page.locator('#reason').fill('I look after the toys this week.');
      await press(page, 'form[action="/access/request"] button');
      await page.goto(`${family.origin('login')}/no-access?app=toys`);
    },
  },
  { name: 'register', path: '/register' },
  {
    name: 'register-refused',
    path: '/register',
    act: (page) => register(page, 'kim@localhost'),
  },
  {
    name: 'register-asked',
    path: '/register',
    act: (page) => register(page, 'kim@kittens.example'),
  },
  { name: 'confirm', path: '/register', act: (page) => openLink(page, 'lea@kittens.example') },
  {
    name: 'confirm-refused',
    path: '/register',
    async act(page) {
      await openLink(page, 'mia@kittens.example');
      await finish(page, { name: 'Mia', password: 'mia@kittens.example' });
    },
  },
  {
    name: 'waiting',
    path: '/register',
    async act(page) {
      await openLink(page, 'tom@kittens.example');
      await finish(page, { name: 'Tom', password: 'zebra oven lamp on a hill' });
    },
  },
  { name: 'link-that-does-not-work', path: '/register/confirm?token=x' },
  { name: 'approvals', person: 'ada', path: '/approvals' },
  { name: 'approvals-german', person: 'ada', path: '/approvals', locale: 'de' },
  {
    name: 'decide-on-an-account',
    person: 'ada',
    path: '/approvals',
    act: (page) => press(page, 'a[href^="/approvals/account?"]'),
  },
  {
    name: 'decide-on-a-request',
    person: 'ada',
    path: '/approvals',
    act: (page) => press(page, 'a[href^="/approvals/request?"]'),
  },
  { name: 'forgot-password', path: '/forgot-password' },
  {
    name: 'forgot-password-asked',
    path: '/forgot-password',
    async act(page) {
      await page.locator('#email').fill('ben@kittens.example');
      await press(page, 'main button[type="submit"]');
    },
  },
  {
    name: 'new-password',
    path: '/forgot-password',
    act: (page) => openLatestMail(page, 'ben@kittens.example'),
  },
  { name: 'mailbox', path: '/dev/mail' },
  {
    name: 'mail',
    path: '/dev/mail',
    act: (page) => press(page, 'main .rows h2 a'),
  },
  { name: 'notices', person: 'ada', path: '/notices' },
  {
    name: 'signed-out',
    person: 'ben',
    host: 'toys',
    path: '/sign-in',
    async act(page, family) {
      await page.goto(`${family.origin('toys')}/sign-out`);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.waitForURL(`${family.origin('login')}/signed-out?app=toys`);
    },
  },
  { name: 'not-found', path: '/nothing' },
  { name: 'app-refuses-a-link', host: 'toys', path: brokenArrival },
  { name: 'app-refuses-a-link-german', host: 'shop', path: brokenArrival, locale: 'de' },
  { name: 'app-asks-before-sign-out', person: 'ben', host: 'shop', path: '/sign-out' },
];

const folder = resolve(process.argv[2] ?? join(repository, 'docs/images/pages'));
const wanted = process.argv[3];
const [family, browser] = await Promise.all([startDevelopmentFamily(), launchBrowser()]);
try {
  await mkdir(folder, { recursive: true });
  for (const one of pages.filter(({ name }) => wanted === undefined || name.startsWith(wanted))) {
    await photograph(browser, one);
  }
  console.log(`Wrote ${folder}`);
} finally {
  await browser.close();
  await family.stop();
}

async function photograph(browser: Browser, one: Pictured): Promise<void> {
  const { name, person, host = 'login', path, locale = 'en', act } = one;
  const context = await browser.newContext({ locale });
  const page = await context.newPage();
  if (person !== undefined) await signIn(page, person);
  await page.goto(`${family.origin(host)}${path}`);
  await act?.(page, family);
  for (const { name: look, colorScheme, viewport } of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    await page.evaluate('document.getAnimations().forEach((one) => one.finish())');
    await page.screenshot({ path: join(folder, `${name}-${look}.png`), fullPage: true });
  }
  await context.close();
}

async function signIn(page: Page, person: string): Promise<void> {
  await page.goto(`${family.origin('login')}/sign-in`);
  const [email, password] = [page.locator('#email'), page.locator('#password')];
  await email.fill(`${person}@kittens.example`);
  await password.fill(family.password);
  await password.press('Enter');
  await page.waitForURL(`${family.origin('login')}/`);
}

/** Clicks what leads to another page, and waits for it. */
async function press(page: Page, selector: string): Promise<void> {
  await page.locator(selector).first().click();
  await page.waitForLoadState();
}

/** Asks for an account, on the page that is open. */
async function register(page: Page, email: string): Promise<void> {
  await page.locator('#email').fill(email);
  await press(page, 'main button[type="submit"]');
}

/** Asks for an account and opens the form that the mail leads to. */
async function openLink(page: Page, email: string): Promise<void> {
  await register(page, email);
  await page.getByRole('heading', { name: 'Look into your mail' }).waitFor();
  await openLatestMail(page, email);
}

/** Opens what the newest mail to an address leads to. */
async function openLatestMail(page: Page, email: string): Promise<void> {
  const mail = page.locator('main .rows > li', { hasText: email }).locator('h2 a').first();
  await until(async () => {
    await page.goto(`${family.origin('login')}/dev/mail`);
    return (await mail.count()) > 0;
  }, `a mail to ${email}`);
  await mail.click();
  const link = await page.locator('a[href*="token="]').first().getAttribute('href');
  await page.goto(link ?? '');
}

/** Name and password for a new account, on the page that is open. */
async function finish(page: Page, typed: { name: string; password: string }): Promise<void> {
  await page.locator('#name').fill(typed.name);
  await page.locator('#password').fill(typed.password);
  await press(page, 'main button[type="submit"]');
}
