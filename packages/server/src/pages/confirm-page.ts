import { html } from 'hono/html';
import { actions } from './actions.ts';
import { type Field, form } from './form.ts';
import type { Catalogue } from './languages/en.ts';
import type { Page } from './page.ts';

/** Why what was typed is not taken. */
export type ConfirmProblem =
  | 'name-invalid'
  | 'reason-too-long'
  | 'password-too-short'
  | 'password-too-long'
  | 'password-common';

const maxReasonLength = 500;

/** What the page shows that the link in a mail opens. */
export interface ConfirmPage {
  /** Where the form is posted to. */
  readonly action: string;
  readonly token: string;
  /** What the account will be known by; not to be changed here. */
  readonly email: string;
  /** Title of the app that is asked for with the account, or null. */
  readonly app: string | null;
  /** What was typed before. */
  readonly name: string;
  readonly reason?: string;
  readonly problem?: ConfirmProblem;
  readonly minPasswordCharacters: number;
}

/** Why a link does not open the form. */
export type RefusedLink = 'unknown' | 'expired' | 'used' | 'withdrawn' | 'closed' | 'email-taken';

/** Name and password. Nothing comes about before its button: programs that open the links of mails change nothing. */
export function confirmPage(shown: ConfirmPage): Page {
  const { action, token, email, app, name, problem, minPasswordCharacters } = shown;
  return {
    status: problem === undefined ? 200 : 422,
    content: (t) => {
      const wrong = faultOf(t, problem);
      return {
        title: t.confirm.title,
        body: html`<p class="lead">${t.confirm.intro(email)}</p>${app === null ? '' : html`<p>${t.confirm.asksFor(app)}</p>`}${form(
          t,
          {
            action,
            hidden: { token },
            fields: [
              {
                name: 'name',
                label: t.confirm.name,
                autocomplete: 'name',
                maxLength: 100,
                value: name,
                hint: t.confirm.nameHint,
                ...wrong('name'),
              },
              {
                name: 'password',
                label: t.signIn.password,
                type: 'password',
                autocomplete: 'new-password',
                hint: t.confirm.passwordHint(minPasswordCharacters),
                ...wrong('password'),
              },
              ...(app === null ? [] : [{ ...reasonField(t, shown.reason), ...wrong('reason') }]),
            ],
            // Without a name it is not sent: password managers learn from it whose password this is.
            more: html`<input type="email" autocomplete="username" value="${email}" readonly hidden>
`,
            submit: t.confirm.submit,
          },
        )}`,
      };
    },
  };
}

function reasonField(t: Catalogue, value = ''): Field {
  return {
    name: 'reason',
    label: t.noAccess.reason,
    type: 'textarea',
    autocomplete: 'off',
    isRequired: false,
    maxLength: maxReasonLength,
    hint: t.noAccess.reasonHint,
    value,
  };
}

/** The error of each field: of the one that has it, and of no other. */
function faultOf(
  t: Catalogue,
  problem: ConfirmProblem | undefined,
): (field: 'name' | 'password' | 'reason') => { readonly error?: string } {
  if (problem === undefined) return () => ({});
  const error =
    problem === 'reason-too-long'
      ? t.noAccess.reasonTooLong(maxReasonLength)
      : t.confirm.problems[problem];
  return (field) => (problem.startsWith(field) ? { error } : {});
}

const statusOf: Readonly<Record<RefusedLink, number>> = {
  unknown: 404,
  expired: 410,
  used: 410,
  withdrawn: 410,
  closed: 403,
  'email-taken': 409,
};

/** The link does not work, and what to do now. */
export function linkRefusedPage(why: RefusedLink, kind: 'registration' | 'invitation'): Page {
  return {
    status: statusOf[why],
    content: (t) => {
      const { title, text } = t.confirm.refused[why];
      const signIn = { label: t.actions.signIn, href: '/sign-in' };
      const again = { label: t.register.again, href: '/register' };
      const canAsk = kind === 'registration' && (why === 'expired' || why === 'unknown');
      return {
        title,
        body: html`<p class="lead">${text}</p>${kind === 'invitation' && why !== 'used' && why !== 'email-taken' ? html`<p>${t.confirm.askWhoInvited}</p>` : ''}${canAsk ? actions(again, signIn) : actions(signIn)}`,
      };
    },
  };
}
