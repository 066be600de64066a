import { html } from 'hono/html';
import type { PasswordRefusal } from '../accounts/judge-password.ts';
import { actions } from './actions.ts';
import { form } from './form.ts';
import type { Page } from './page.ts';

/** Characters of an address (RFC 5321, 4.5.3.1.3). */
const maxEmail = 254;

/** Asks for the address of a forgotten password. */
export function forgotPasswordPage(
  shown: { readonly email: string; readonly isInvalid: boolean } = { email: '', isInvalid: false },
): Page {
  const { email, isInvalid } = shown;
  return {
    status: isInvalid ? 400 : 200,
    content: (t) => ({
      title: t.passwordReset.forgotTitle,
      body: html`<p class="lead">${t.passwordReset.forgot}</p>${form(t, {
        action: '/forgot-password',
        fields: [
          {
            name: 'email',
            label: t.signIn.email,
            type: 'email',
            autocomplete: 'username',
            maxLength: maxEmail,
            value: email,
            ...(isInvalid ? { error: t.passwordReset.noAddress } : {}),
          },
        ],
        submit: t.passwordReset.send,
      })}<p class="links"><a href="/sign-in">${t.passwordReset.backToSignIn}</a></p>`,
    }),
  };
}

/** Whether or not there is such an account. */
export function resetAskedPage(): Page {
  return {
    content: (t) => ({
      title: t.passwordReset.askedTitle,
      body: html`<p class="lead">${t.passwordReset.asked}</p><p class="soft">${t.passwordReset.askedHint}</p>${actions({ label: t.actions.signIn, href: '/sign-in' })}`,
    }),
  };
}

/** The form that a link opens. */
export function newPasswordPage(shown: {
  readonly token: string;
  readonly fault?: PasswordRefusal;
}): Page {
  const { token, fault } = shown;
  return {
    status: fault === undefined ? 200 : 400,
    content: (t) => ({
      title: t.passwordReset.newTitle,
      body: form(t, {
        action: '/reset-password',
        hidden: { token },
        fields: [
          {
            name: 'password',
            label: t.passwordReset.newPassword,
            type: 'password',
            autocomplete: 'new-password',
            hint: t.passwordReset.newHint,
            ...(fault === undefined ? {} : { error: t.passwordReset.faults[fault] }),
          },
        ],
        submit: t.passwordReset.change,
      }),
    }),
  };
}

export function passwordChangedPage(): Page {
  return {
    content: (t) => ({
      title: t.passwordReset.changedTitle,
      body: html`<p class="lead">${t.passwordReset.changed}</p>${actions({ label: t.actions.signIn, href: '/sign-in' })}`,
    }),
  };
}

/** A link that opens no form. */
export function resetLinkPage(why: 'unknown' | 'expired' | 'used'): Page {
  return {
    status: 410,
    content: (t) => ({
      title: t.passwordReset.linkTitle,
      body: html`<p class="lead">${t.passwordReset.links[why]}</p>${actions({ label: t.passwordReset.again, href: '/forgot-password' })}`,
    }),
  };
}
