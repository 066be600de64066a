import type { Family } from '@latchkey/session';
import { mayHaveEffect, requestOrigin } from '@latchkey/session/parts';
import { readForm } from '../browser/form.ts';
import { single } from '../browser/return-to.ts';
import { networkOf } from '../limits/client-network.ts';
import type { Limits } from '../limits/limits.ts';
import type { Catalogue } from '../pages/languages/en.ts';
import { limited, messages } from '../pages/messages.ts';
import type { Page, PageMaker } from '../pages/page.ts';
import {
  forgotPasswordPage,
  newPasswordPage,
  passwordChangedPage,
  resetAskedPage,
  resetLinkPage,
} from '../pages/password-reset-pages.ts';
import type { PasswordReset } from './password-reset.ts';

/** What the pages of a forgotten password need. */
export interface ResetRoutesDeps {
  readonly family: Family;
  readonly page: PageMaker;
  readonly passwordReset: PasswordReset;
  readonly limits: Pick<Limits, 'take'>;
  /** Where mails can be read in development; null elsewhere. */
  readonly mailboxPath: string | null;
  /** Of the request that is being answered. */
  readonly language: () => Catalogue;
}

/** `GET /forgot-password`: asks for the address. */
export function showForgotPassword(deps: ResetRoutesDeps): Promise<Response> {
  return deps.page(sendsMails(deps) ? forgotPasswordPage() : messages.noMail);
}

/** Whether the mail with the link would ever arrive. */
function sendsMails({ family, mailboxPath }: ResetRoutesDeps): boolean {
  return family.mail !== null || mailboxPath !== null;
}

/** `POST /forgot-password`: the same answer for every address. */
export async function takeForgotPassword(
  deps: ResetRoutesDeps,
  request: Request,
  clientAddress: string,
): Promise<Response> {
  if (!sendsMails(deps)) return deps.page(messages.noMail);
  const fields = await readFields(deps, request, ['email']);
  if ('content' in fields) return deps.page(fields);
  const [email = ''] = fields;
  const key = networkOf(clientAddress);
  const leave = await deps.limits.take({ kind: 'reset-from-network', key });
  if (leave.kind === 'refused') return deps.page(limited({ ...leave, by: 'address' }));
  const asked = await deps.passwordReset.ask({ email, language: deps.language().tag });
  return deps.page(
    asked === 'asked' ? resetAskedPage() : forgotPasswordPage({ email, isInvalid: true }),
  );
}

/** `GET /reset-password?token=…`: a form, if the link is good. Changes nothing, whoever opens it. */
export async function showResetPassword(
  deps: ResetRoutesDeps,
  request: Request,
): Promise<Response> {
  const token = single(new URL(request.url).searchParams, 'token') ?? '';
  const link = await deps.passwordReset.read(token);
  return deps.page(link.kind === 'good' ? newPasswordPage({ token }) : resetLinkPage(link.why));
}

/** `POST /reset-password`: the new password. */
export async function takeResetPassword(
  deps: ResetRoutesDeps,
  request: Request,
): Promise<Response> {
  const fields = await readFields(deps, request, ['token', 'password']);
  if ('content' in fields) return deps.page(fields);
  const [token = '', password = ''] = fields;
  const result = await deps.passwordReset.finish({ token, password });
  if (result.kind === 'changed') return deps.page(passwordChangedPage());
  if (result.kind === 'busy') return deps.page(messages.busy);
  return deps.page(
    result.kind === 'link-refused'
      ? resetLinkPage(result.why)
      : newPasswordPage({ token, fault: result.why }),
  );
}

/** The fields of a form of our own, each of them once; else the page that says what is wrong. */
async function readFields(
  { family }: ResetRoutesDeps,
  request: Request,
  names: readonly string[],
): Promise<readonly string[] | Page> {
  if (!mayHaveEffect(requestOrigin(request), [family.loginHost.origin])) return messages.crossSite;
  const form = await readForm(request);
  const fields = names.map((name) => (form === null ? null : single(form, name)));
  const isWhole =
    fields.every((field) => field !== null) &&
    names.every((name) => form?.getAll(name).length === 1);
  return isWhole ? (fields as readonly string[]) : messages.badRequest;
}
