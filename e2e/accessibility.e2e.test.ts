import axe, { type AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillSignIn, launchBrowser, signInAs, signInAt } from './browser.ts';
import { apps, type DevelopmentFamily, type Host, startDevelopmentFamily } from './family.ts';
import { ask } from './http.ts';

let family: DevelopmentFamily;
let browser: Browser;
beforeAll(async () => {
  [family, browser] = await Promise.all([startDevelopmentFamily(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await family?.stop();
});

/** WCAG 2.2 A and AA, and what axe calls best practice. */
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const looks = [
  ['light', 1280],
  ['dark', 1280],
  ['light', 320],
  ['dark', 320],
] as const;

const shared = { state: `${'s'.repeat(22)}.L3ByaXZhdGU` };

/** Pages of the login host by what they are, with the status each must have. */
const loginPages: readonly (readonly [string, number, string])[] = [
  ['home', 200, '/'],
  ['sign-in', 200, '/sign-in'],
  ['asking for an account', 200, '/register'],
  ['a link that does not work', 404, '/register/confirm?token=x'],
  ['devices', 200, '/devices'],
  ['devices, one signed out', 200, '/devices?done=one'],
  ['sign-out', 200, '/sign-out'],
  ['an app that one may enter', 200, '/no-access?app=toys'],
  ['another destination', 400, '/sign-in?return_to=https://evil.example/'],
  ['a broken hop', 400, `/handshake?${new URLSearchParams({ app: 'nothing', ...shared })}`],
  ['no such page', 404, '/nothing'],
  ['another method', 405, '/devices/sign-out'],
  ['an authorization request without a client', 400, '/oidc/authorize?client_id=nothing'],
  ['sign-out for a relying party', 200, '/oidc/end-session'],
];

/** Pages that every app of reach `shared` or `handshake` has. */
const appPages: readonly (readonly [string, number, string])[] = [
  ['home', 200, '/'],
  ['a page for who is signed in', 200, '/private'],
  ['sign-out', 200, '/sign-out'],
  ['another destination', 400, '/sign-in?return_to=//evil.example'],
  ['a broken arrival', 400, '/_latchkey/handshake?token=x'],
  ['no such page', 404, '/_latchkey/nothing'],
];

describe('axe finds nothing, in light and dark, on a wide screen and a phone', () => {
  test('on the pages of the login host, signed in and signed out', async () => {
    const [nobody, ben] = [await browser.newPage(), await browser.newPage()];
    const findings = [];
    for (const [name, , path] of loginPages) {
      await nobody.goto(`${family.origin('login')}${path}`);
      findings.push(await look(nobody, `${name}, signed out`));
    }
    await signInAt(ben, family, 'login');
    for (const [name, status, path] of loginPages) {
      const answer = await ben.goto(`${family.origin('login')}${path}`);
      // Signed in, the page to sign in at is no page.
      if (name !== 'sign-in') expect([name, answer?.status()]).toEqual([name, status]);
      findings.push(await look(ben, name));
    }
    await ben.goto(`${family.origin('login')}/oidc/end-session`);
    await ben.getByRole('button', { name: 'Sign out' }).click();
    await ben.getByText('You are signed out of every app.').waitFor();
    findings.push(await look(ben, 'signed out'));
    expect(findings.flat()).toEqual([]);
  });

  test('on a page that goes on by itself, for whose browser does not', async () => {
    const page = await browser.newPage();
    const text = await (await ask(`${family.origin('login')}/onward?/`)).text();
    const refresh = /<meta http-equiv="refresh"[^>]*>/;
    expect(text).toMatch(refresh);
    await page.setContent(text.replace(refresh, ''));
    expect(await look(page, 'onward')).toEqual([]);
  });

  test('on what the login host says to who may not come in', async () => {
    const page = await browser.newPage();
    const findings = [];
    for (const [person, password, said] of [
      ['ben', 'wrong', 'is not right'],
      ['dan', family.password, 'waiting for approval'],
    ] as const) {
      await page.goto(`${family.origin('login')}/sign-in`);
      await fillSignIn(page, `${person}@kittens.example`, password);
      await page.getByText(said).waitFor();
      findings.push(await look(page, said));
    }
    expect(findings.flat()).toEqual([]);
  });

  test.each(apps)('on the pages of %s', async (app) => {
    const [nobody, ben] = [await browser.newPage(), await browser.newPage()];
    const findings = [];
    await nobody.goto(`${family.origin(app)}/`);
    findings.push(await look(nobody, 'home, signed out'));
    await signInAt(ben, family, app);
    for (const [name, status, path] of pagesOf(app)) {
      const answer = await ben.goto(`${family.origin(app)}${path}`);
      expect([name, answer?.status()]).toEqual([name, status]);
      findings.push(await look(ben, name));
    }
    const cat = await browser.newPage();
    await signInAs('cat')(cat, family, 'shop');
    await cat.goto(`${family.origin(app)}/private`);
    findings.push(await look(cat, 'without access'));
    expect(findings.flat()).toEqual([]);
  });

  test('on what is said to a form of another site', async () => {
    const page = await browser.newPage();
    await signInAt(page, family, 'shop');
    const findings = [];
    for (const [host, path] of [
      ['shop', '/cart'],
      ['shop', '/sign-out'],
      ['login', '/sign-out'],
      ['login', '/devices/sign-out-others'],
      ['login', '/oidc/end-session/confirm'],
    ] as const) {
      const answer = await postFromElsewhere(page, `${family.origin(host)}${path}`);
      expect([host, path, answer]).toEqual([host, path, 403]);
      findings.push(await look(page, `${host}${path} from another site`));
    }
    expect(findings.flat()).toEqual([]);
  });

  // Last of all: nobody can sign in any more.
  test('on what an app says when the login host is away', async () => {
    const page = await browser.newPage();
    await signInAt(page, family, 'toys');
    await family.kill('login');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('the other apps will follow').waitFor();
    expect(await look(page, 'signed out here')).toEqual([]);
  });
});

/** A relying party has routes of its own. */
function pagesOf(app: Host): typeof appPages {
  return app === 'wiki' ? appPages.slice(0, 2) : appPages;
}

/** What axe says about the page in each of its looks, one line for each fault. */
async function look(page: Page, name: string): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const options = JSON.stringify({ runOnly: tags, resultTypes: ['violations'] });
  const findings: string[] = [];
  for (const [colorScheme, width] of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 700 });
    // Colours on their way from one scheme to the other are no page.
    await page.evaluate('document.getAnimations().forEach((one) => one.finish())');
    const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${options})`);
    const lines = violations.map(({ id, nodes }) => {
      const where = nodes.map(
        ({ target, failureSummary }) => `${target.join()}: ${failureSummary}`,
      );
      return `${name}, ${colorScheme}, ${width} px (${page.url()}): ${id}: ${where.join(' | ')}`;
    });
    findings.push(...lines);
  }
  return findings;
}

/** A form on a page of no site of the family, sent; the status of the page it leads to. */
async function postFromElsewhere(page: Page, action: string): Promise<number> {
  await page.goto('about:blank');
  await page.setContent(`<form method="post" action="${action}"><button>Send</button></form>`);
  const answered = page.waitForResponse((response) => response.url() === action);
  await page.getByRole('button', { name: 'Send' }).click();
  const status = (await answered).status();
  await page.waitForLoadState();
  return status;
}
