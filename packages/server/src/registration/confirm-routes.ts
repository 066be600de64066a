import type { Family, Platform } from '@latchkey/session';
import { mayHaveEffect, requestOrigin } from '@latchkey/session/parts';
import { minPasswordCharacters } from '../accounts/judge-password.ts';
import { readForm } from '../browser/form.ts';
import { type Destination, judgeReturnTo, single } from '../browser/return-to.ts';
import { answerWithoutEffect } from '../browser/without-effect.ts';
import { confirmPage, linkRefusedPage } from '../pages/confirm-page.ts';
import type { Catalogue } from '../pages/languages/en.ts';
import { messages } from '../pages/messages.ts';
import type { PageMaker } from '../pages/page.ts';
import { appTitles } from '../pages/shown-app.ts';
import { waitingPage } from '../pages/waiting-page.ts';
import { enterAfterProof, type SignInRoutesDeps } from '../sign-in/sign-in-routes.ts';
import { invitationPath } from './invitations.ts';
import type { GoodLink, RegistrationLink } from './link-results.ts';
import { fieldsOf } from './posted-fields.ts';
import {
  confirmPath,
  type FinishResult,
  type FormRefusal,
  type Registrations,
} from './registrations.ts';

/** What the pages need that the links of mails open. */
export interface ConfirmRoutesDeps extends SignInRoutesDeps {
  readonly family: Family;
  readonly page: PageMaker;
  readonly registrations: Pick<Registrations, 'read' | 'finish'>;
  readonly platform: Platform;
  readonly language: () => Catalogue;
}

type Purpose = RegistrationLink['purpose'];

const pathOf: Readonly<Record<Purpose, string>> = {
  'confirm-registration': confirmPath,
  invitation: invitationPath,
};

/** `GET /register/confirm?token`, `GET /invitation?token`: the form. Changes nothing, whoever opens it and however often. */
export async function showConfirm(
  deps: ConfirmRoutesDeps,
  request: Request,
  purpose: Purpose,
): Promise<Response> {
  const bare = answerWithoutEffect(deps.page, request);
  if (bare !== null) return bare;
  const token = single(new URL(request.url).searchParams, 'token');
  if (token === 'repeated') return deps.page(messages.badRequest);
  const link = { token: token ?? '', purpose };
  const found = await deps.registrations.read(link);
  if (found.kind === 'refused') return refusedLink(deps, purpose, found.why);
  const { cookies } = deps.waiting.form(request);
  return deps.page({ ...formOf(deps, { link, found, typed: { name: found.name } }), cookies });
}

/** The same paths with POST: the account, once. Who need not wait is signed in and goes on to where they came from. */
export async function takeConfirm(
  deps: ConfirmRoutesDeps,
  request: Request,
  { purpose, clientAddress }: { readonly purpose: Purpose; readonly clientAddress: string },
): Promise<Response> {
  const { family, page, registrations } = deps;
  if (!mayHaveEffect(requestOrigin(request), [family.loginHost.origin]))
    return page(messages.crossSite);
  const fields = fieldsOf(await readForm(request), ['token', 'name', 'password', 'reason']);
  const { token, name, password, reason = '' } = fields ?? {};
  if (token === undefined || name === undefined || password === undefined)
    return page(messages.badRequest);
  const link = { token, purpose };
  const language = deps.language().tag;
  const result = await registrations.finish({ link, name, password, reason, language });
  if (result.kind === 'busy') return page(messages.busy);
  if (result.kind === 'registered') return goOn(deps, request, { ...result, clientAddress });
  if (!isOfForm(result.why)) return refusedLink(deps, purpose, result.why);
  const found = await registrations.read(link);
  if (found.kind === 'refused') return refusedLink(deps, purpose, found.why);
  return page(formOf(deps, { link, found, typed: { name, reason, problem: result.why } }));
}

type Refusal = Extract<FinishResult, { kind: 'refused' }>['why'];

function isOfForm(why: Refusal): why is FormRefusal {
  return why === 'name-invalid' || why === 'reason-too-long' || why.startsWith('password-');
}

function formOf(
  { family }: ConfirmRoutesDeps,
  shown: {
    readonly link: RegistrationLink;
    readonly found: GoodLink;
    readonly typed: {
      readonly name: string;
      readonly reason?: string;
      readonly problem?: FormRefusal;
    };
  },
): ReturnType<typeof confirmPage> {
  const { link, found, typed } = shown;
  return confirmPage({
    action: pathOf[link.purpose],
    token: link.token,
    email: found.address.email,
    app: found.asksFor === null ? null : appTitles(family)(found.asksFor),
    minPasswordCharacters,
    ...typed,
  });
}

function refusedLink(
  { page }: ConfirmRoutesDeps,
  purpose: Purpose,
  why: Parameters<typeof linkRefusedPage>[0],
): Promise<Response> {
  return page(linkRefusedPage(why, purpose === 'invitation' ? 'invitation' : 'registration'));
}

type Registered = Extract<FinishResult, { kind: 'registered' }> & {
  readonly clientAddress: string;
};

function goOn(
  deps: ConfirmRoutesDeps,
  request: Request,
  { account, from, asked, clientAddress }: Registered,
): Promise<Response> {
  const { id: accountId, email, epoch, createdAt } = account;
  if (account.state === 'pending') {
    const now = deps.platform.now();
    const apps = asked === null ? [] : [appTitles(deps.family)(asked)];
    return deps.page(waitingPage(200, { email, askedAt: createdAt, now, apps }));
  }
  const proof = { accountId, epoch, clientAddress, remember: false, formId: null };
  const target = targetOf(deps, request, from);
  return enterAfterProof(deps, request, { proof, target });
}

/** In the browser that asked, where it was going; in any other one the home page. */
function targetOf(
  { family, waiting }: ConfirmRoutesDeps,
  request: Request,
  { returnTo, browser }: Registered['from'],
): Destination {
  const isSame = browser !== null && waiting.browser(request) === browser;
  const target = isSame ? judgeReturnTo(family, returnTo) : null;
  return target ?? { returnTo: '/', href: `${family.loginHost.origin}/`, isOwnPage: true };
}
