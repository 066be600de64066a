import { expect, test } from 'vitest';
import { errorPage } from '../../provider/error-page.ts';
import { accountApprovalPage } from '../account-approval-page.ts';
import { approvalsPage, type DecisionFault, decidedPage, decisionPage } from '../approvals-page.ts';
import { confirmPage, linkRefusedPage } from '../confirm-page.ts';
import { type Device, devicesPage } from '../devices-page.ts';
import { exposurePage } from '../exposure-page.ts';
import { signedInHome, signedOutHome } from '../home-page.ts';
import { mailboxPage } from '../mailbox-page.ts';
import { limited, messages, pausedSignIn, wrongHost } from '../messages.ts';
import { noAccessPage, type Standing } from '../no-access-page.ts';
import { noticesPage } from '../notices-page.ts';
import { otherPersonPage } from '../other-person-page.ts';
import type { Page } from '../page.ts';
import {
  forgotPasswordPage,
  newPasswordPage,
  passwordChangedPage,
  resetAskedPage,
  resetLinkPage,
} from '../password-reset-pages.ts';
import { lookIntoMailPage, registerPage, registrationClosedPage } from '../register-page.ts';
import { signInPage } from '../sign-in-page.ts';
import { signedOutPage } from '../signed-out-page.ts';
import { waitingPage } from '../waiting-page.ts';
import { languages } from './choose-language.ts';
import { de } from './de.ts';
import { type Catalogue, en } from './en.ts';

/** Values of ours that stand in sentences of every language: no words. */
const shop = {
  title: 'Zz1',
  description: null,
  icon: null,
  name: 'zz1',
  origin: 'https://zz1.zz',
  href: 'https://zz1.zz/',
};
const email = 'zz@zz.zz';
const device: Device = {
  signInId: 'zz',
  isThis: true,
  device: 'A browser on Zz',
  place: '',
  remembered: true,
  signedInAgo: 0,
  usedAgo: 3_600_000,
  apps: [],
};
const other: Device = {
  ...device,
  isThis: false,
  device: 'Unknown device',
  place: '::1',
  remembered: false,
  apps: ['Zz1', 'Zz2'],
};
const form = { family: 'Zz', returnTo: '/', formId: 'zz', mayRemember: true };
const receipt = { waiting: ['Zz1', 'Zz2'], staying: ['Zz3'], others: 2 };
const report = {
  policy: 'refuse' as const,
  failOn: 'high',
  isPaused: true,
  cookieDomain: 'zz.zz',
  findings: [{ ruleId: 'zz', severity: 'critical', host: '', message: 'zz' }],
  checkedAgo: 0,
  failure: { why: 'partial' as const, ago: 0 },
  reports: { html: '/zz', json: '/zz' },
};
const notice = { app: 'Zz1', isGivenUp: false, count: 2, ageMilliseconds: 0, triedUntil: 0 };

const request = { id: 'zz', app: 'Zz1', name: 'Zz', email, reason: 'zz', askedAgo: 0 };
const standings: readonly Standing[] = [
  { kind: 'askable' },
  { kind: 'may-enter', href: '/zz' },
  { kind: 'waiting', ago: 0 },
  { kind: 'denied', reason: 'zz', askableAt: 0 },
  { kind: 'denied', reason: null, askableAt: null },
];
function decision(fault: DecisionFault | undefined): Page {
  const shown = { request, roles: ['zz'], isOwn: false };
  return decisionPage(fault === undefined ? shown : { ...shown, fault });
}
const asked = { returnTo: '/', domains: ['zz.zz', 'zzz.zz'], email, app: null };
const typed = { email, name: 'Zz', app: 'Zz1' };
const opened = { action: '/zz', token: 'zz', ...typed, minPasswordCharacters: 15 };
const problems = ['password-too-short', 'password-too-long', 'password-common'] as const;
const refusals = ['unknown', 'expired', 'used', 'withdrawn', 'closed', 'email-taken'] as const;
const registrationPages: readonly Page[] = [
  registerPage({ ...asked, problem: 'email-invalid' }),
  registerPage({ ...asked, problem: 'domain-refused' }),
  registerPage({ ...asked, app: shop }),
  lookIntoMailPage(email, '/zz'),
  registrationClosedPage(true),
  registrationClosedPage(false),
  ...(['name-invalid', 'reason-too-long', ...problems] as const).map((problem) =>
    confirmPage({ ...opened, problem }),
  ),
  ...refusals.map((why) => linkRefusedPage(why, 'registration')),
  ...refusals.map((why) => linkRefusedPage(why, 'invitation')),
  waitingPage(200, { email, askedAt: 0, now: 600_000, apps: ['Zz1', 'Zz2'] }),
  waitingPage(403, { email, askedAt: 0, now: 0, apps: [] }),
];

/** Every page of the login host, with every sentence that it can have in one state or another. */
const pages: readonly Page[] = [
  ...Object.values(messages),
  signedOutHome(),
  signedInHome({ name: 'Zz', email }, { enterable: [], others: [] }),
  signedInHome(
    { name: 'Zz', email },
    { enterable: [shop], others: [{ ...shop, isWaiting: true }] },
    [
      { page: 'approvals', href: '/zz' },
      { page: 'exposure', href: '/zz' },
      { page: 'notices', href: '/zz' },
    ],
  ),
  signInPage({
    ...form,
    app: null,
    mayRegister: true,
    forgotPasswordHref: '/zz',
    isRefused: true,
  }),
  signInPage({ ...form, app: shop, mayRegister: false }),
  signInPage({
    ...form,
    app: shop,
    mayRegister: false,
    person: { email, otherAccountHref: '/zz' },
  }),
  forgotPasswordPage(),
  forgotPasswordPage({ email: 'zz', isInvalid: true }),
  resetAskedPage(),
  newPasswordPage({ token: 'zz' }),
  ...(['password-too-short', 'password-too-long', 'password-common'] as const).map((fault) =>
    newPasswordPage({ token: 'zz', fault }),
  ),
  passwordChangedPage(),
  ...(['unknown', 'expired', 'used'] as const).map(resetLinkPage),
  mailboxPage([]),
  mailboxPage([{ href: '/zz', subject: 'Zz', to: email, at: 0 }]),
  limited({ by: 'account', retryAfterSeconds: 600 }),
  limited({ by: 'address', retryAfterSeconds: 1 }),
  limited({ by: 'closed', retryAfterSeconds: 600 }),
  limited({ by: 'closed', retryAfterSeconds: 600, resetHref: '/zz' }),
  ...standings.map((standing) => noAccessPage({ app: shop, email, standing })),
  noAccessPage({ app: shop, email, standing: { kind: 'askable' }, tooLong: 'zz' }),
  approvalsPage({ accounts: [], requests: [] }, 'granted'),
  approvalsPage({ accounts: [request], requests: [] }, 'approved'),
  approvalsPage({ accounts: [], requests: [request, { ...request, reason: '' }] }, 'denied'),
  approvalsPage({ accounts: [request], requests: [request] }, 'deniedAccount'),
  accountApprovalPage(request),
  decisionPage({ request, roles: ['zz'], isOwn: true }),
  ...([undefined, 'until', 'role', 'reason'] as const).map((fault) => decision(fault)),
  decidedPage({ request, isGranted: true, by: 'Zz' }),
  decidedPage({ request, isGranted: false, by: null }),
  ...registrationPages,
  pausedSignIn(shop, '/zz'),
  wrongHost('zz', 'zz'),
  otherPersonPage({ app: shop, meant: null, present: email, path: '/zz', wishParameter: 'zz' }),
  ...(['one', 'others', 'gone'] as const).map((done) => devicesPage([device, other], done)),
  devicesPage([device], null),
  exposurePage(report),
  exposurePage({ ...report, policy: 'warn', findings: [], checkedAgo: null }),
  noticesPage({
    refused: [{ app: 'Zz1', host: 'zz' }],
    silent: ['Zz2'],
    notices: [
      { ...notice, lastResult: 'refused-400' },
      { ...notice, lastResult: 'given-up-timeout', isGivenUp: true, triedUntil: null },
      { ...notice, lastResult: null },
    ],
  }),
  noticesPage({ refused: [], silent: [], notices: [] }),
  signedOutPage({ family: 'Zz', receipt, person: null, app: shop }),
  signedOutPage({
    family: 'Zz',
    receipt: { waiting: [], staying: [], others: 0 },
    person: null,
    app: null,
  }),
  signedOutPage({ family: 'Zz', receipt: null, person: null, app: null }),
  signedOutPage({ family: 'Zz', receipt, person: { email }, app: shop }),
  ...['invalid_client', 'invalid_redirect_uri', 'server_error', 'other'].map((code) =>
    errorPage(code, 400),
  ),
];

test.each(languages)('a page in $tag has no word of another language', (language) => {
  const foreign = languages
    .filter((one) => one !== language)
    .flatMap(({ tag }) => tellTale[tag] ?? []);
  expect(foreign.length).toBeGreaterThan(20);
  const found = pages.flatMap((page) => {
    const words = wordsOf(page, language);
    expect(words.length).toBeGreaterThan(2);
    return words
      .filter((word) => foreign.includes(word))
      .map((word) => `${word}: ${words.join(' ')}`);
  });
  expect(found).toEqual([]);
});

test.each(languages)(
  'pages in $tag are told from those of another language by their words',
  (language) => {
    const own = tellTale[language.tag] ?? [];
    const dumb = pages.filter(
      (page) => !wordsOf(page, language).some((word) => own.includes(word)),
    );
    expect(dumb.map((page) => page.content(language).title)).toEqual([]);
  },
);

test('every language has every key, and none of them is empty', () => {
  const keys = [...leaves(en)].map(([key]) => key);
  expect(keys.length).toBeGreaterThan(100);
  for (const language of languages) {
    const all = [...leaves(language)];
    expect(all.map(([key]) => key).sort()).toEqual([...keys].sort());
    expect(all.filter(([, value]) => value === '')).toEqual([]);
  }
});

test('a sentence is translated, unless both languages say it alike', () => {
  const german = new Map(leaves(de));
  const alike = [...leaves(en)]
    .filter(([key, value]) => typeof value === 'string' && german.get(key) === value)
    .map(([, value]) => value);
  expect(alike).toEqual(['Apps']);
});

/** Words that are frequent in one language and are none in the others. */
const tellTale: Readonly<Record<string, readonly string[]>> = {
  en: 'the of and you your is are it to in sign signed with this that was not be has have page try again account who else there please waiting'
    .split(' ')
    .filter((word) => !['in', 'was'].includes(word)),
  de: 'der das den dem und sie ihr ihre ihnen ist sind es zu mit diese dieser nicht wird werden hat seite noch einmal konto wer bitte melden anmelden abmelden startseite eine einen'.split(
    ' ',
  ),
};

/** The words of a page, less what is marked as of another language. */
function wordsOf(page: Page, language: Catalogue): readonly string[] {
  const { title, body } = page.content(language);
  const text = `${title} ${body}`
    .replace(/<(\w+)[^>]* lang="en"[^>]*>.*?<\/\1>/gs, ' ')
    .replace(/<code>.*?<\/code>/gs, ' ')
    .replace(/ (?:aria-label|data-show|data-hide)="([^"]*)"/g, '>$1<')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#?\w+;/g, ' ');
  return text.toLowerCase().match(/\p{L}+/gu) ?? [];
}

function* leaves(value: unknown, path = ''): Generator<[string, unknown]> {
  if (typeof value !== 'object' || value === null || value instanceof String) {
    yield [path, value];
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (key !== 'formats' && key !== 'tag') yield* leaves(inner, `${path}.${key}`);
  }
}
