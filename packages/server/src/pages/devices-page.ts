import { html } from 'hono/html';
import type { Html, Page } from './page.ts';
import { relativeTime } from './relative-time.ts';

/** One of a person's live sign-ins, as their list of devices shows it. */
export interface Device {
  readonly signInId: string;
  /** Whether it is the one that asks. */
  readonly isThis: boolean;
  /** What the browser said it was, in our own words. */
  readonly device: string;
  /** The client's address when it signed in, or `''`. */
  readonly place: string;
  readonly remembered: boolean;
  /** Milliseconds before now. */
  readonly signedInAgo: number;
  /** Milliseconds before now; a use is recorded once a minute at most. */
  readonly usedAgo: number;
  /** Names of the apps that know it, in the order of the config. */
  readonly apps: readonly string[];
}

/** What was done on the page a moment ago. */
export type DevicesDone = 'one' | 'others' | 'gone';

const doneWords: Readonly<Record<DevicesDone, string>> = {
  one: 'That device is signed out of every app.',
  others: 'All your other devices are signed out of every app.',
  gone: 'That device is not signed in any more.',
};

/** Whether a text names something that can have been done. */
export function isDevicesDone(value: string | null): value is DevicesDone {
  return value !== null && Object.hasOwn(doneWords, value);
}

/** Where somebody is signed in, with a button for each and one for all the others. */
export function devicesPage(devices: readonly Device[], done: DevicesDone | null): Page {
  const hasOthers = devices.some(({ isThis }) => !isThis);
  const said = done === null ? '' : html`<p class="done" role="status">${doneWords[done]}</p>`;
  const all = hasOthers
    ? html`<form method="post" action="/devices/sign-out-others"><button>Sign out all my other devices</button></form>`
    : html`<p class="soft">You are signed in nowhere else.</p>`;
  return {
    title: 'Your devices',
    isAccountPage: true,
    body: html`${said}<p>These browsers are signed in with your account. If you do not know one of them, sign it out and ask an administrator for a new password.</p>
<ul class="devices">${devices.map(deviceItem)}</ul>
${all}
<p><a href="/">Home page</a></p>`,
  };
}

function deviceItem(device: Device): Html {
  const { signInId, isThis, place, remembered, signedInAgo, usedAgo, apps } = device;
  const used = relativeTime(usedAgo);
  const name = device.device === '' ? 'Unknown device' : device.device;
  const kept = remembered ? ', kept signed in' : '';
  return html`<li>
<h2>${name}${isThis ? html` <span class="tag">This device</span>` : ''}</h2>
<dl>
<div><dt>Last used</dt><dd>${used}</dd></div>
<div><dt>Signed in</dt><dd>${relativeTime(signedInAgo)}${kept}</dd></div>
<div><dt>From</dt><dd>${place === '' ? 'an address that is not known' : place}</dd></div>
<div><dt>Apps</dt><dd>${apps.length === 0 ? 'none yet' : apps.join(', ')}</dd></div>
</dl>
<form method="post" action="/devices/sign-out"><input type="hidden" name="id" value="${signInId}"><button class="quiet" aria-label="Sign out ${name}${isThis ? ', this device' : `, last used ${used}`}">Sign out</button></form>
</li>`;
}
