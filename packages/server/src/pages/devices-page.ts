import { html } from 'hono/html';
import { quietActions } from './actions.ts';
import type { Html } from './html.ts';
import type { Catalogue } from './languages/en.ts';
import type { Page } from './page.ts';

/** One of a person's live sign-ins, as their list of devices shows it. */
export interface Device {
  readonly signInId: string;
  /** Whether it is the one that asks. */
  readonly isThis: boolean;
  /** What the browser said it was, in our own words (`packages/server/src/sign-in/device-label.ts`). */
  readonly device: string;
  /** The client's address when it signed in, or `''`. */
  readonly place: string;
  readonly remembered: boolean;
  /** Milliseconds before now. */
  readonly signedInAgo: number;
  /** Milliseconds before now; a use is recorded once a minute at most. */
  readonly usedAgo: number;
  /** Titles of the apps that know it, in the order of the config. */
  readonly apps: readonly string[];
}

/** What was done on the page a moment ago. */
export type DevicesDone = keyof Catalogue['devices']['done'];

const allDone: readonly DevicesDone[] = ['one', 'others', 'gone'];

/** The thing that can have been done of which a text is the name, or null. */
export function devicesDoneOf(value: string | null): DevicesDone | null {
  return allDone.find((one) => one === value) ?? null;
}

/** Where somebody is signed in, with a button for each and one for all the others. */
export function devicesPage(devices: readonly Device[], done: DevicesDone | null): Page {
  const hasOthers = devices.some(({ isThis }) => !isThis);
  return {
    isAccountPage: true,
    isWide: true,
    content: (t) => ({
      title: t.devices.title,
      body: html`${done === null ? '' : html`<p class="done" role="status">${t.devices.done[done]}</p>`}<p class="lead">${t.devices.intro}</p>
<ul class="rows aligned">${devices.map((device) => deviceItem(t, device))}</ul>
${hasOthers ? '' : html`<p class="soft below">${t.devices.nowhereElse}</p>`}
${quietActions(
  ...(hasOthers ? [{ label: t.devices.signOutOthers, post: '/devices/sign-out-others' }] : []),
  { label: t.actions.home, href: '/' },
)}`,
    }),
  };
}

function deviceItem(t: Catalogue, device: Device): Html {
  const { signInId, isThis, place, remembered, signedInAgo, usedAgo, apps } = device;
  const { devices, formats } = t;
  const used = t.time.ago(usedAgo);
  const signedIn = t.time.ago(signedInAgo);
  const name = deviceName(t, device.device);
  return html`<li>
<h2>${name}${isThis ? html` <span class="tag">${devices.thisDevice}</span>` : ''}</h2>
<dl>
<div><dt>${devices.lastUsed}</dt><dd>${used}</dd></div>
<div><dt>${devices.signedIn}</dt><dd>${remembered ? devices.keptSignedIn(signedIn) : signedIn}</dd></div>
<div><dt>${devices.from}</dt><dd>${place === '' ? devices.unknownPlace : place}</dd></div>
<div><dt>${devices.apps}</dt><dd>${apps.length === 0 ? devices.noApps : formats.list(apps)}</dd></div>
</dl>
${quietActions({
  label: t.actions.signOut,
  spokenLabel: devices.signOutOf(name, isThis ? null : used),
  post: '/devices/sign-out',
  hidden: { id: signInId },
})}
</li>`;
}

/** What is stored is English: `Chrome on Linux`, `A browser on Linux`, `Chrome`, `Unknown device`. */
function deviceName({ devices }: Catalogue, stored: string): string {
  const [browser = '', system] = stored.split(' on ', 2);
  if (system !== undefined) {
    return devices.browserOn(browser === 'A browser' ? null : browser, system);
  }
  return browser === '' || browser === 'Unknown device' ? devices.unknown : browser;
}
