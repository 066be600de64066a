import { html } from 'hono/html';
import { form } from './form.ts';
import type { Html } from './html.ts';
import type { Catalogue } from './languages/en.ts';
import { leadingOn } from './leading-on.ts';
import type { Page } from './page.ts';
import { appIcon, type ShownApp } from './shown-app.ts';

/** What the sign-in page shows. */
export interface SignInPage {
  /** Where to go afterwards, already judged: a page, or the request in whose place the form stands. */
  readonly returnTo: string;
  /** Another for each form that is shown; see `packages/server/src/sign-in/form-id.ts`. */
  readonly formId: string;
  /** What the login host is called. */
  readonly family: string;
  /** Where the person is on the way to; null where they came to the login host itself. */
  readonly app: ShownApp | null;
  /** Who is signed in already and proves it once more. */
  readonly person?: {
    readonly email: string;
    /** The same form for somebody else. */
    readonly otherAccountHref: string;
  };
  /** Where a forgotten password is reset. Default: nowhere. */
  readonly forgotPasswordHref?: string;
  /** Ways in without a password, above the form. Default none. */
  readonly otherWays?: (t: Catalogue) => Html;
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
  const { returnTo, formId, person, isRefused = false, mayRemember, remember = false } = shown;
  const { email = person?.email ?? '', otherWays } = shown;
  return {
    status: isRefused ? 401 : 200,
    content: (t) => ({
      ...heading(t, shown),
      body: html`${lead(t, shown)}${otherWays?.(t) ?? ''}${form(t, {
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
      })}${links(t, shown)}`,
    }),
  };
}

/** Says which app one is signing in to. */
function heading(t: Catalogue, { app }: SignInPage): { title: string; above?: Html } {
  return app === null
    ? { title: t.signIn.title }
    : { title: t.signIn.titleFor(app.title), above: appIcon(app) };
}

function lead(t: Catalogue, { person, family, app }: SignInPage): Html {
  if (person !== undefined) return html`<p class="lead">${t.signIn.again(person.email)}</p>`;
  return html`<p class="lead">${app === null ? t.signIn.toFamily(family) : t.signIn.withAccount(family)}</p>`;
}

/** Other ways on, smaller than the button. */
function links(
  t: Catalogue,
  { person, returnTo, mayRegister, forgotPasswordHref }: SignInPage,
): Html | '' {
  const all: readonly (readonly [string | null | undefined, string])[] = [
    [forgotPasswordHref, t.signIn.forgotPassword],
    [person?.otherAccountHref, t.actions.otherAccount],
    [mayRegister ? leadingOn('/register', returnTo) : null, t.register.title],
  ];
  const found = all.flatMap(([href, label]) =>
    href ? [html`<a href="${href}">${label}</a>`] : [],
  );
  return found.length === 0 ? '' : html`<p class="links">${found}</p>`;
}
