import { html } from 'hono/html';
import type { Page } from './page.ts';

/** What the sign-in page shows. */
export interface SignInPage {
  /** Path on the login host to go to afterwards; already judged. */
  readonly returnTo: string;
  /** What was typed before. */
  readonly email?: string;
  /** The last try failed. */
  readonly isRefused?: boolean;
  readonly formTargets: readonly string[];
}

/** The only page where people type a password. Unknown people and wrong passwords read the same. */
export function signInPage({
  returnTo,
  email = '',
  isRefused = false,
  formTargets,
}: SignInPage): Page {
  const alert = isRefused
    ? html`<p class="alert" role="alert" id="problem">The e-mail address or the password is not right.</p>`
    : '';
  return {
    status: isRefused ? 401 : 200,
    title: 'Sign in',
    formTargets,
    body: html`${alert}
<form method="post" action="/sign-in">
<input type="hidden" name="return_to" value="${returnTo}">
<label for="email">Email</label>
<input id="email" name="email" type="email" autocomplete="username" required maxlength="254" value="${email}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="256">
<button type="submit">Sign in</button>
</form>`,
  };
}
