import { request } from 'node:http';
import { openPage, type PageRequest } from '@latchkey-example/family/open-page';
import { apps, type DevelopmentFamily, type Host } from './family.ts';

/** Asks a host over HTTP without a browser; redirects are not followed. */
export function ask(url: string, init: PageRequest = {}): Promise<Response> {
  return openPage(url, init);
}

/** The status of `/me` for these cookies. */
export async function statusOfMe(origin: string, cookie: string): Promise<number> {
  const response = await ask(`${origin}/me`, { headers: { cookie } });
  await response.body?.cancel();
  return response.status;
}

/** Copied cookies of a profile, by host. */
export type CopiedCookies = Readonly<Record<Host, string>>;

/** The apps in which copied cookies still open a signed-in session. */
export async function appsOpenedBy(
  family: DevelopmentFamily,
  copied: CopiedCookies,
  among: readonly Host[] = apps,
): Promise<readonly Host[]> {
  const statuses = await Promise.all(
    among.map(async (app) => [app, await statusOfMe(family.origin(app), copied[app])] as const),
  );
  return statuses.filter(([, status]) => status !== 401).map(([app]) => app);
}

/** Whether the login host's home page knows somebody by these cookies. */
export async function isKnownAtLogin(family: DevelopmentFamily, cookie: string): Promise<boolean> {
  const response = await ask(`${family.origin('login')}/`, { headers: { cookie } });
  return (await response.text()).includes('Sign out');
}

/** The status of a request with a `Host` header of the test's choice, sent to a port of this machine. */
export function statusAtHost(port: number, host: string, path = '/'): Promise<number> {
  return new Promise((done, fail) => {
    const call = request({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    });
    call.on('error', fail).end();
  });
}
