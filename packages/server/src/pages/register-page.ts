import { html } from 'hono/html';
import { actions } from './actions.ts';
import { form } from './form.ts';
import { leadingOn } from './leading-on.ts';
import type { Page } from './page.ts';
import { appIcon, type ShownApp } from './shown-app.ts';

/** Why what was typed is not taken. */
export type RegisterProblem = 'email-invalid' | 'domain-refused';

/** What the page shows on which somebody asks for an account. */
export interface RegisterPage {
  /** Where to go when there is an account, already judged. */
  readonly returnTo: string;
  /** The domains whose addresses may ask, or null for all. */
  readonly domains: readonly string[] | null;
  /** Where the person is on the way to; null where they came to the login host itself. */
  readonly app: ShownApp | null;
  /** What was typed before. */
  readonly email?: string;
  readonly problem?: RegisterProblem;
}

/** Characters of an address (RFC 5321, 4.5.3.1.3). */
const maxEmail = 254;

/** Asks for the address alone: the rest is asked of who has shown it to be theirs. */
export function registerPage(shown: RegisterPage): Page {
  const { returnTo, domains, app, email = '', problem } = shown;
  return {
    status: problem === undefined ? 200 : 422,
    content: (t) => ({
      ...(app === null
        ? { title: t.register.title }
        : { title: t.register.titleFor(app.title), above: appIcon(app) }),
      body: html`<p class="lead">${t.register.intro}</p>${form(t, {
        action: '/register',
        hidden: { return_to: returnTo },
        fields: [
          {
            name: 'email',
            label: t.signIn.email,
            type: 'email',
            autocomplete: 'email',
            maxLength: maxEmail,
            value: email,
            ...(domains === null ? {} : { hint: t.register.domains(domains) }),
            ...(problem === undefined ? {} : { error: t.register.problems[problem] }),
          },
        ],
        submit: t.register.submit,
      })}<p class="links soft">${t.register.haveOne} <a href="${leadingOn('/sign-in', returnTo)}">${t.actions.signIn}</a></p>`,
    }),
  };
}

/** After the form: the same words whether or not the address has an account. */
export function lookIntoMailPage(email: string, mailboxHref: string | null): Page {
  return {
    content: (t) => ({
      title: t.register.sentTitle,
      body: html`<p class="lead">${t.register.sent(email)}</p><p class="soft">${t.register.notThere}</p>${
        mailboxHref === null
          ? actions({ label: t.register.again, href: '/register' })
          : actions(
              { label: t.register.developmentMailbox, href: mailboxHref },
              { label: t.register.again, href: '/register' },
            )
      }`,
    }),
  };
}

/** Nobody may ask for an account here. */
export function registrationClosedPage(isByInvitation: boolean): Page {
  return {
    status: 403,
    content: (t) => ({
      title: t.register.closedTitle,
      body: html`<p class="lead">${isByInvitation ? t.register.byInvitation : t.register.closed}</p>${actions(
        { label: t.actions.signIn, href: '/sign-in' },
      )}`,
    }),
  };
}
