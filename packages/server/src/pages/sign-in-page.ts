import { html } from 'hono/html';
import { form } from './form.ts';
import { leadingOn } from './leading-on.ts';
import type { Page } from './page.ts';

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
  /** Whether somebody without an account may ask for one. */
  readonly mayRegister: boolean;
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

/** Characters of an address (RFC 5321, 4.5.3.1.3). */
const maxEmail = 254;

/** The only page where people type a password. Unknown people and wrong passwords read the same. */
export function signInPage(shown: SignInPage): Page {
  const {
    returnTo,
    formId,
    email = '',
    isRefused = false,
    mayRegister,
    mayRemember,
    remember = false,
  } = shown;
  return {
    status: isRefused ? 401 : 200,
    content: (t) => ({
      title: t.signIn.title,
      body: html`${form(t, {
        action: '/sign-in',
        hidden: { return_to: returnTo, [shownField]: 'yes', form: formId },
        ...(isRefused ? { error: t.signIn.refused } : {}),
        fields: [
          {
            name: 'email',
            label: t.signIn.email,
            type: 'email',
            autocomplete: 'username',
            maxLength: maxEmail,
            value: email,
          },
          {
            name: 'password',
            label: t.signIn.password,
            type: 'password',
            autocomplete: 'current-password',
          },
        ],
        choices: mayRemember
          ? [
              {
                name: 'remember',
                label: t.signIn.remember,
                hint: t.signIn.rememberHint,
                isChosen: remember,
              },
            ]
          : [],
        submit: t.actions.signIn,
      })}${mayRegister ? html`<p class="soft">${t.signIn.noAccount} <a href="${leadingOn('/register', returnTo)}">${t.register.title}</a></p>` : ''}`,
    }),
  };
}
