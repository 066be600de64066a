import type { Family } from '@latchkey/session';
import { appAt } from '../browser/return-to.ts';
import type { Person } from '../browser/visitor.ts';
import type { PageMaker } from '../pages/page.ts';
import { type SignInPage, signInPage } from '../pages/sign-in-page.ts';
import { forgotPath } from '../password-reset/password-reset.ts';
import { type WaitingRequests, wishParameter } from './waiting-request.ts';

/** What showing the form in the place of a request needs. */
export interface FormInPlaceDeps {
  readonly family: Family;
  readonly page: PageMaker;
  readonly waiting: Pick<WaitingRequests, 'hold' | 'read'>;
}

/** How the form is shown. */
export interface FormInPlace {
  /** Who is signed in: whoever proves once more goes on under the sign-in that there is. */
  readonly person: Pick<Person, 'email'> | null;
  readonly cookies: readonly string[];
}

/** What every form to sign in says of where it leads, and to who has no account yet. */
export function formFor(
  { family }: Pick<FormInPlaceDeps, 'family'>,
  { returnTo }: { readonly returnTo: string },
): Pick<SignInPage, 'returnTo' | 'family' | 'app' | 'mayRegister' | 'forgotPasswordHref'> {
  const app = appAt(family, returnTo);
  const mayRegister = family.people.registration === 'open';
  return { returnTo, family: family.name, app, mayRegister, forgotPasswordHref: forgotPath };
}

/** The sign-in form in the place of a request, which the form carries: right after the proof the request is made again. */
export function formInPlace(
  { family, page, waiting }: FormInPlaceDeps,
  request: Request,
  { person, cookies }: FormInPlace,
): Promise<Response> {
  const held = waiting.hold(request);
  const form = signInPage({
    ...formFor({ family }, held),
    ...proofAgain(waiting, request, person),
    formId: held.formId,
    mayRemember: person === null,
  });
  return page({ ...form, cookies: [...cookies, ...held.cookies] });
}

/** Of somebody who is signed in: the form is theirs, unless they asked for one of another account. */
export function proofAgain(
  waiting: Pick<WaitingRequests, 'read'>,
  request: Request,
  person: Pick<Person, 'email'> | null,
): Pick<SignInPage, 'person'> {
  const { path, wish } = waiting.read(request);
  if (person === null || wish === 'other-account') return {};
  const separator = path.includes('?') ? '&' : '?';
  const otherAccountHref = `${path}${separator}${wishParameter}=other-account`;
  return { person: { email: person.email, otherAccountHref } };
}
