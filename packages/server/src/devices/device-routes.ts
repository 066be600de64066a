// Owns the list of devices: where an account is signed in, and the buttons that end
// one sign-in or all others. The ending itself is left to `sign-out/`, the page to
// `pages/`.

import { type Family, hasCode } from '@latchkey/session';
import type { SessionObject } from '@latchkey/session/parts';
import { mayHaveEffect, requestOrigin } from '@latchkey/session/parts';
import { readForm } from '../browser/form.ts';
import { seeOther, single } from '../browser/return-to.ts';
import type { Person } from '../browser/visitor.ts';
import { isRowId } from '../database/row-id.ts';
import {
  type Device,
  type DevicesDone,
  devicesDoneOf,
  devicesPage,
} from '../pages/devices-page.ts';
import { messages } from '../pages/messages.ts';
import type { PageMaker } from '../pages/page.ts';
import type { SignInEndings } from '../sign-out/end-sign-in.ts';
import { type SignOutHereDeps, signOutHere } from '../sign-out/sign-out-here.ts';

/** What the list of devices and its buttons need. */
export interface DeviceRoutesDeps extends SignOutHereDeps {
  readonly page: PageMaker;
  readonly endSignInsOfAccount: SignInEndings['endSignInsOfAccount'];
  /** `list-devices.ts`, with what it needs. */
  readonly devicesOf: (person: Person) => Promise<readonly Device[]>;
}

/** Who asks. */
interface Recognised {
  readonly session: SessionObject;
  readonly person: Person;
}

export const devicesPath = '/devices';
export const signOutDevicePath = '/devices/sign-out';
export const signOutOthersPath = '/devices/sign-out-others';

/** `GET /devices`: where the person is signed in. */
export async function showDevices(deps: DeviceRoutesDeps, request: Request): Promise<Response> {
  const { opened, person } = await deps.recognise(request);
  const cookies = await opened.commit();
  if (person === null) return toSignIn(deps.family, cookies);
  const done = single(new URL(request.url).searchParams, 'done');
  const devices = await deps.devicesOf(person);
  return deps.page({ ...devicesPage(devices, devicesDoneOf(done)), cookies });
}

/** `POST /devices/sign-out`: ends one sign-in of the person's own, by its id. This very one as a sign-out does. */
export async function signOutDevice(deps: DeviceRoutesDeps, request: Request): Promise<Response> {
  return act(deps, request, async (visitor, form) => {
    const { person } = visitor;
    const ids = form.getAll('id');
    const [id] = ids;
    if (ids.length !== 1 || id === undefined) return deps.page(messages.badRequest);
    const signIn = isRowId(id) ? await deps.signIns.findLive(id) : null;
    // Of somebody else, ended or never made: one answer for all.
    if (signIn === null || signIn.accountId !== person.accountId) return back(deps.family, 'gone');
    if (id === person.signInId) return signOutHere(deps, request, visitor);
    await deps.endSignIn({ signInId: id, cause: 'revoked-by-person' });
    return back(deps.family, 'one');
  });
}

/** `POST /devices/sign-out-others`: ends every sign-in of the person but this one. */
export async function signOutOthers(deps: DeviceRoutesDeps, request: Request): Promise<Response> {
  return act(deps, request, async ({ person }) => {
    await deps.endSignInsOfAccount(person.accountId, 'revoked-by-person', person.signInId);
    return back(deps.family, 'others');
  });
}

/** From our own pages alone, for who is signed in by SQL; an ending that waits for the store is told as such. */
async function act(
  deps: DeviceRoutesDeps,
  request: Request,
  work: (visitor: Recognised, form: URLSearchParams) => Promise<Response>,
): Promise<Response> {
  const { family, page } = deps;
  if (!mayHaveEffect(requestOrigin(request), [family.loginHost.origin]))
    return page(messages.crossSite);
  const form = await readForm(request);
  if (form === null) return page(messages.badRequest);
  const { opened, session, person } = await deps.recognise(request);
  if (person === null) return toSignIn(family, await opened.commit());
  try {
    return await work({ session, person }, form);
  } catch (error) {
    if (!hasCode(error, 'store_unavailable')) throw error;
    return page(messages.signOutRecorded);
  }
}

function back({ loginHost }: Family, done: DevicesDone): Response {
  return seeOther(`${loginHost.origin}${devicesPath}?done=${done}`);
}

function toSignIn({ loginHost }: Family, cookies: readonly string[]): Response {
  return seeOther(`${loginHost.origin}/sign-in?return_to=${devicesPath}`, cookies);
}
