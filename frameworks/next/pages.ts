import { csrf } from '@latchkey/session/web';
import { mountedHandler, trustedOrigin } from '@latchkey/testkit';
import { fieldsOf } from '../../packages/session/test/listen.ts';
import { webCookieForms, webPages } from '../../packages/session/test/web-pages.ts';

type Page = (typeof webPages)[string];
type AppHandler = Parameters<typeof csrf>[0];

const given = globalThis as unknown as { latchkeyHandler: AppHandler };

/** The pages of the adapter contract, as web handlers have them. */
const guardedPage: Page = async (session, request) => {
  if (request.method === 'POST') session.data['guarded'] = true;
  return Response.json(fieldsOf(await request.text()));
};

function guarded(options: Parameters<typeof csrf>[2]): Page {
  return (session, request) =>
    csrf(
      given.latchkeyHandler,
      (asked, opened) => guardedPage(opened, asked),
      options,
    )(request, session);
}

export const pages: Readonly<Record<string, Page>> = {
  ...webPages,
  '/mounted': (_session, request) => mountedHandler(request),
  '/guarded': guarded({ trustedOrigins: [trustedOrigin] }),
  '/guarded-always': guarded({ tokens: 'always' }),
};

interface Jar {
  set(name: string, value: string, options: { path: string }): unknown;
}

/** Next's own way of setting cookies, beside those of web responses. */
export const nextForm = 'next-cookies';

export function setForm(path: string, jar: Jar): Response | null {
  const form = path.replace('/cookies/', '');
  if (form !== nextForm) return webCookieForms[form]?.() ?? null;
  jar.set('own', '1', { path: '/' });
  jar.set('more', '2', { path: '/' });
  return new Response('ok');
}
