import type { PageMaker } from '../pages/page.ts';
import { signInPage } from '../pages/sign-in-page.ts';
import type { WaitingRequests } from './waiting-request.ts';

/** What showing the form in the place of a request needs. */
export interface FormInPlaceDeps {
  readonly page: PageMaker;
  readonly waiting: Pick<WaitingRequests, 'hold'>;
}

/** How the form is shown. */
export interface FormInPlace {
  /** Somebody is signed in: whoever proves once more goes on under the sign-in that there is. */
  readonly isProofAgain: boolean;
  readonly cookies: readonly string[];
}

/** The sign-in form in the place of a request, which the form carries: right after the proof the request is made again. */
export function formInPlace(
  { page, waiting }: FormInPlaceDeps,
  request: Request,
  { isProofAgain, cookies }: FormInPlace,
): Promise<Response> {
  const held = waiting.hold(request);
  const { returnTo, formId } = held;
  const form = signInPage({ returnTo, formId, mayRemember: !isProofAgain });
  return page({ ...form, cookies: [...cookies, ...held.cookies] });
}
