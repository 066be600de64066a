import { html } from 'hono/html';
import type { Html, Page } from './page.ts';

/** What the sign-in page shows. */
export interface SignInPage {
  /** Where to go afterwards, already judged: a page, or the request in whose place the form stands. */
  readonly returnTo: string;
  /** Another for each form that is shown; see `packages/server/src/sign-in/form-id.ts`. */
  readonly formId: string;
  /** What was typed before. */
  readonly email?: string;
  /** The last try failed. */
  readonly isRefused?: boolean;
  /** Whether the person may choose to be kept signed in. */
  readonly mayRemember: boolean;
  /** What was chosen before. */
  readonly remember?: boolean;
}

/**
 * Says that the form was shown by a page, whose answer set a cookie: a browser that brings the field and no cookie refuses
 * cookies, and would see nothing but this form again.
 */
export const shownField = 'shown';

/** The only page where people type a password. Unknown people and wrong passwords read the same. */
export function signInPage({
  returnTo,
  formId,
  email = '',
  isRefused = false,
  mayRemember,
  remember = false,
}: SignInPage): Page {
  const alert = isRefused
    ? html`<p class="alert" role="alert" id="problem">The e-mail address or the password is not right.</p>`
    : '';
  return {
    status: isRefused ? 401 : 200,
    title: 'Sign in',
    body: html`${alert}
<form method="post" action="/sign-in">
<input type="hidden" name="return_to" value="${returnTo}">
<input type="hidden" name="${shownField}" value="yes">
<input type="hidden" name="form" value="${formId}">
<label for="email">Email</label>
<input id="email" name="email" type="email" autocomplete="username" required maxlength="254" value="${email}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
${mayRemember ? rememberChoice(remember) : ''}<button type="submit">Sign in</button>
</form>`,
  };
}

function rememberChoice(isChosen: boolean): Html {
  // `checked` is an attribute without a value: it stands or it does not.
  const box = isChosen
    ? html`<input id="remember" name="remember" type="checkbox" value="yes" aria-describedby="remember-hint" checked>`
    : html`<input id="remember" name="remember" type="checkbox" value="yes" aria-describedby="remember-hint">`;
  return html`<p class="choice">${box}<label for="remember">Keep me signed in on this device</label></p>
<p class="hint" id="remember-hint">Only on a device of your own: whoever opens this browser later will be signed in as you.</p>
`;
}
