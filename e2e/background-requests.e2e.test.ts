import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fillSignIn, launchBrowser, words } from './browser.ts';
import { type StrictFamily, startStrictFamily, strictPassword } from './strict-family.ts';

let family: StrictFamily;
let browser: Browser;
beforeAll(async () => {
  [family, browser] = await Promise.all([startStrictFamily(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await family?.[Symbol.asyncDispose]();
});

/** What scripts of a page get for a page of the same app that needs a sign-in; as text, since it runs in the browser alone. */
const askInBackground = `(async () => {
  const fetched = await fetch('/data');
  const image = await fetch('/data', { mode: 'no-cors', headers: { accept: 'image/*' } });
  const form = await fetch('/data', { method: 'POST', headers: { accept: 'text/html' } });
  const xhr = await new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open('GET', '/data');
    request.onloadend = () => done(request.status);
    request.send();
  });
  const events = await new Promise((done) => {
    const source = new EventSource('/data');
    source.onerror = () => done(source.readyState === EventSource.CLOSED ? 'closed' : 'tries on');
  });
  return {
    fetched: [fetched.status, fetched.redirected, await fetched.json()],
    image: image.status, form: form.status, xhr, events,
  };
})()`;

test.each(['toys', 'wiki'] as const)(
  'what a page of the %s asks for in the background is 401, and takes no flow from who types a password',
  async (app) => {
    const context = await browser.newContext({ bypassCSP: true });
    await using _closed = { [Symbol.asyncDispose]: () => context.close() };
    const [typing, polling] = [await context.newPage(), await context.newPage()];
    const origin = family.origins[app];
    await typing.goto(`${origin}/notes`);
    await typing.getByLabel('Password').waitFor();

    await polling.goto(`${origin}/sign-out`);
    const got = await polling.evaluate(askInBackground);
    expect(got).toEqual({
      fetched: [401, false, { signedIn: false }],
      image: 401,
      form: 401,
      xhr: 401,
      events: 'closed',
    });
    await polling.evaluate(async () => {
      for (let round = 0; round < 80; round += 1) {
        await fetch('/data');
        await fetch('/sign-in', { redirect: 'manual' });
      }
    });

    await fillSignIn(typing, 'ada@kittens.example', strictPassword);
    await typing.waitForURL(`${origin}/notes`);
    expect(await words(typing)).toContain('ada@kittens.example');
  },
);
