import type { Family } from '@latchkey/session';
import type { PageMaker } from '../pages/page.ts';
import { signInPage } from '../pages/sign-in-page.ts';
import type { WaitingRequests } from './waiting-request.ts';

/** What showing the form in the place of a request needs. */
export interface FormInPlaceDeps {
  readonly family: Pick<Family, 'people'>;
  readonly page: PageMaker;
  readonly waiting: Pick<WaitingRequests, 'hold'>;
}

/** How the form is shown. */
export interface FormInPlace {
  /** Somebody is signed in: whoever proves once more goes on under the sign-in that there is. */
  readonly isProofAgain: boolean;
  readonly cookies: readonly string[];
}

/** What every form to sign in says of where it leads, and to who has no account yet. */
export function formFor(
  { family }: Pick<FormInPlaceDeps, 'family'>,
  { returnTo }: { readonly returnTo: string },
): { readonly returnTo: string; readonly mayRegister: boolean } {
  return { returnTo, mayRegister: family.people.registration === 'open' };
}

/** The sign-in form in the place of a request, which the form carries: right after the proof the request is made again. */
export function formInPlace(
  deps: FormInPlaceDeps,
  request: Request,
  { isProofAgain, cookies }: FormInPlace,
): Promise<Response> {
  const held = deps.waiting.hold(request);
  const form = signInPage({
    ...formFor(deps, held),
    formId: held.formId,
    mayRemember: !isProofAgain,
  });
  return deps.page({ ...form, cookies: [...cookies, ...held.cookies] });
}
