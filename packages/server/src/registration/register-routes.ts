import type { Family, Platform } from '@latchkey/session';
import { mayHaveEffect, requestOrigin } from '@latchkey/session/parts';
import { readForm } from '../browser/form.ts';
import { afterForm } from '../browser/onward-route.ts';
import { appAt, judgeReturnTo, single } from '../browser/return-to.ts';
import { silently, type Visitor } from '../browser/visitor.ts';
import { networkOf } from '../limits/client-network.ts';
import type { Limits } from '../limits/limits.ts';
import type { Catalogue } from '../pages/languages/en.ts';
import { limited, messages } from '../pages/messages.ts';
import type { PageMaker } from '../pages/page.ts';
import { lookIntoMailPage, registerPage, registrationClosedPage } from '../pages/register-page.ts';
import type { WaitingRequests } from '../sign-in/waiting-request.ts';
import { originOf } from './origin.ts';
import { fieldsOf } from './posted-fields.ts';
import type { Registrations } from './registrations.ts';

/** What asking for an account needs. */
export interface RegisterRoutesDeps {
  readonly family: Family;
  readonly page: PageMaker;
  readonly recognise: (request: Request) => Promise<Visitor>;
  readonly registrations: Pick<Registrations, 'ask'>;
  readonly limits: Pick<Limits, 'take'>;
  readonly waiting: WaitingRequests;
  readonly platform: Pick<Platform, 'onEvent'>;
  /** In which language the request is answered. */
  readonly language: () => Catalogue;
  /** Where mails of development are to be read, or null. */
  readonly mailboxPath: string | null;
}

/** `GET /register?return_to`: asks for an address. Shows no page to someone already signed in. */
export async function showRegister(deps: RegisterRoutesDeps, request: Request): Promise<Response> {
  const { family, page } = deps;
  const { registration, domains } = family.people;
  if (registration !== 'open') return page(registrationClosedPage(registration === 'invitation'));
  const returnTo = single(new URL(request.url).searchParams, 'return_to');
  const target = returnTo === 'repeated' ? null : judgeReturnTo(family, returnTo);
  if (target === null) return page(messages.badDestination);
  const visitor = await deps.recognise(request);
  const cookies = await visitor.opened.commit();
  if (silently(visitor) !== null) return afterForm(family, target, cookies);
  // The cookie names the browser: the link in the mail leads on from here in no other one.
  const form = deps.waiting.form(request);
  const { returnTo: leadsTo } = target;
  const shown = registerPage({ returnTo: leadsTo, domains, app: appAt(family, leadsTo) });
  return page({ ...shown, cookies: [...cookies, ...form.cookies] });
}

/** `POST /register`: a mail to the address, and the same page whether or not it has an account. */
export async function takeRegister(
  deps: RegisterRoutesDeps,
  request: Request,
  clientAddress: string,
): Promise<Response> {
  const { family, page } = deps;
  const { registration, domains } = family.people;
  if (!mayHaveEffect(requestOrigin(request), [family.loginHost.origin]))
    return page(messages.crossSite);
  if (registration !== 'open') return page(registrationClosedPage(registration === 'invitation'));
  const fields = fieldsOf(await readForm(request), ['email', 'return_to']);
  const email = fields?.email?.trim();
  if (fields === null || email === undefined) return page(messages.badRequest);
  const target = judgeReturnTo(family, fields.return_to ?? '');
  if (target === null) return page(messages.badDestination);
  const attempt = await deps.limits.take({
    kind: 'registration-from-network',
    key: networkOf(clientAddress),
  });
  if (attempt.kind === 'refused') {
    deps.platform.onEvent({ type: 'registration.limited' });
    return page(limited({ ...attempt, by: 'address' }));
  }
  const { returnTo } = target;
  const from = originOf(family, { returnTo, browser: deps.waiting.browser(request) });
  const language = deps.language().tag;
  const result = await deps.registrations.ask({ email, language, from });
  if (result === 'asked') return page(lookIntoMailPage(email, deps.mailboxPath));
  const app = appAt(family, returnTo);
  return page(registerPage({ returnTo, domains, app, email, problem: result }));
}
