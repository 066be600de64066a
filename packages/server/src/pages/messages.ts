import { html } from 'hono/html';
import type { Html, Page } from './page.ts';

const home: Html = html`<a class="button" href="/">Home page</a>`;
const signInAgain: Html = html`<a class="button" href="/sign-in">Sign in</a>`;
const signOutButton: Html = html`<form method="post" action="/sign-out"><button>Sign out</button></form>`;

/** The pages that only say something. */
export type MessageName =
  | 'pending'
  | 'suspended'
  | 'busy'
  | 'cookiesRefused'
  | 'appKey'
  | 'changed'
  | 'crossSite'
  | 'badRequest'
  | 'badDestination'
  | 'notFound'
  | 'method'
  | 'administratorsOnly'
  | 'notAhead'
  | 'unavailable'
  | 'signOutRecorded'
  | 'failed'
  | 'confirmSignOut';

/** Each with its status, a few words and a way on. */
export const messages: Readonly<Record<MessageName, Page>> = {
  pending: {
    status: 403,
    title: 'Your account is waiting for approval',
    body: html`<p>An administrator has to approve it before you can sign in. There is nothing more for you to do.</p>${home}`,
  },
  suspended: {
    status: 403,
    title: 'Your account is suspended',
    body: html`<p>You cannot sign in at the moment. Ask an administrator.</p>${home}`,
  },
  appKey: {
    status: 409,
    title: 'This app cannot be entered at the moment',
    body: html`<p>It does not have the key that this sign-in service has for it. Its operators set <code>LATCHKEY_APP_KEY</code> to what <code>latchkey app-key</code> prints now.</p>${home}`,
  },
  cookiesRefused: {
    status: 400,
    title: 'Your browser refuses cookies',
    body: html`<p>Nobody can be signed in without them. Allow cookies for this site, or leave the private or embedded window that refuses them, and sign in again. You have not been signed in.</p>${signInAgain}`,
  },
  busy: {
    status: 503,
    title: 'Too many people are signing in',
    body: html`<p>Please try again in a moment.</p>${signInAgain}`,
    headers: { 'retry-after': '2' },
  },
  changed: {
    status: 409,
    title: 'Your account has just changed',
    body: html`<p>Please sign in again.</p>${signInAgain}`,
  },
  crossSite: {
    status: 403,
    title: 'This was asked for by another site',
    body: html`<p>Signing in and out is done on our own pages.</p>${home}`,
  },
  badRequest: {
    status: 400,
    title: 'This request cannot be understood',
    body: html`<p>Something in it is missing, repeated or malformed.</p>${home}`,
  },
  badDestination: {
    status: 400,
    title: 'That does not lead to an app of this family',
    body: html`<p>After signing in you can only go to an app that is part of the family.</p>${home}`,
  },
  notFound: {
    status: 404,
    title: 'There is no such page',
    body: html`<p>The address may be misspelt.</p>${home}`,
  },
  method: {
    status: 405,
    title: 'This cannot be done here',
    body: html`<p>The page does not answer to this kind of request.</p>${home}`,
  },
  administratorsOnly: {
    status: 403,
    title: 'This page is for administrators',
    body: html`<p>Your account is not marked as one.</p>${home}`,
  },
  notAhead: {
    status: 503,
    title: 'This is not fetched ahead',
    body: html`<p>The browser asked for it before anybody did.</p>${home}`,
  },
  unavailable: {
    status: 503,
    title: 'This cannot be answered at the moment',
    body: html`<p>Something that the login host needs is out of reach. Please try again in a moment.</p>${home}`,
    headers: { 'retry-after': '2' },
  },
  signOutRecorded: {
    status: 503,
    title: 'Your sign-out is recorded',
    body: html`<p>The apps cannot be told at this moment. It will be carried out by itself as soon as that is possible. Until then, apps may still let that browser in.</p>${home}`,
    headers: { 'retry-after': '5' },
  },
  failed: {
    status: 500,
    title: 'Something went wrong',
    body: html`<p>It is not your fault. Please try again.</p>${home}`,
  },
  confirmSignOut: {
    status: 200,
    title: 'Sign out?',
    body: html`<p>This signs you out of every app.</p>${signOutButton}${home}`,
  },
};

/** The request named another host. */
export function wrongHost(received: string, expected: string): Page {
  return {
    status: 421,
    title: 'The login host has another address',
    body: html`<p>The request was made to <strong>${received}</strong>, and it answers to <strong>${expected}</strong>. Behind a proxy: pass the <code>Host</code> header on as it came.</p>`,
  };
}

/** `seconds` until another try is taken. */
export function limited(seconds: number): Page {
  const minutes = Math.max(1, Math.ceil(seconds / 60));
  return {
    status: 429,
    title: 'Too many tries',
    body: html`<p>Please wait ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} and try again. Sign-ins that are under way elsewhere are not affected.</p>${home}`,
    headers: { 'retry-after': String(Math.ceil(seconds)) },
  };
}

/** Nobody is let on into a shared app at present; `href` begins once more. */
export function pausedSignIn(app: string, href: string): Page {
  return {
    status: 503,
    title: 'Signing in to these apps is paused',
    body: html`<p>A safety check found that the cookie of <strong>${app}</strong> and the apps beside it would reach somebody else. Until an administrator has dealt with it, nobody new is let in. Who is signed in there already stays signed in.</p><a class="button" href="${href}">Try again</a>${home}`,
    headers: { 'retry-after': '600' },
  };
}

/** Somebody is signed in but was not granted the app. */
export function noAccess(app: string, email: string): Page {
  return {
    status: 403,
    title: 'No access to this app',
    body: html`<p>You are signed in as <strong>${email}</strong>, but your account has no access to <strong>${app}</strong>. An administrator can grant it.</p>${home}<form method="post" action="/sign-out"><button class="quiet">Sign out</button></form>`,
  };
}
