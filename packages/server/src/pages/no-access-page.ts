import { html } from 'hono/html';
import { type Action, actions, quietActions } from './actions.ts';
import { form } from './form.ts';
import type { Html } from './html.ts';
import type { Catalogue } from './languages/en.ts';
import type { Page } from './page.ts';
import { appIcon, type ShownApp } from './shown-app.ts';

/** Where somebody stands with an app. */
export type Standing =
  /** They may enter it. */
  | { readonly kind: 'may-enter'; readonly href: string }
  | { readonly kind: 'askable' }
  /** They asked; `ago` in milliseconds. */
  | { readonly kind: 'waiting'; readonly ago: number }
  /** They were turned down; `askableAt`: from when on they may ask again, milliseconds since 1970, null for now. */
  | { readonly kind: 'denied'; readonly reason: string | null; readonly askableAt: number | null };

/** What the page of somebody who was not granted an app shows. */
export interface NoAccess {
  readonly app: ShownApp & { readonly name: string };
  readonly email: string;
  readonly standing: Standing;
  /** What was typed, and is too long. */
  readonly tooLong?: string;
}

export const askForAccessPath = '/access/request';
const maxReasonLength = 500;

/** Somebody is signed in but was not granted the app: where they stand, and how to ask. */
export function noAccessPage(shown: NoAccess): Page {
  const { app, email, standing, tooLong } = shown;
  return {
    status: standing.kind === 'may-enter' ? 200 : tooLong === undefined ? 403 : 422,
    content: (t) => ({
      title: titleOf(t, standing, app.title),
      above: appIcon(app),
      body: html`<p class="lead">${standing.kind === 'may-enter' ? t.noAccess.grantedText(app.title) : t.noAccess.text(app.title, email)}</p>
${standingPart(t, shown)}`,
    }),
  };
}

function titleOf(t: Catalogue, { kind }: Standing, app: string): string {
  if (kind === 'may-enter') return t.noAccess.granted;
  return kind === 'waiting' ? t.noAccess.waitingTitle(app) : t.noAccess.title(app);
}

function standingPart(t: Catalogue, shown: NoAccess): Html {
  const { app, standing } = shown;
  const home: Action = { label: t.actions.home, href: '/' };
  const signOut: Action = { label: t.actions.signOut, post: '/sign-out' };
  switch (standing.kind) {
    case 'may-enter':
      return actions({ label: t.noAccess.open(app.title), href: standing.href }, home);
    case 'waiting':
      return html`<p class="done" role="status">${t.noAccess.waiting(t.time.ago(standing.ago))}</p>${actions(home, signOut)}`;
    case 'denied':
      return html`<p class="alert">${t.noAccess.denied(standing.reason)}</p>${
        standing.askableAt === null
          ? html`${askForm(t, shown)}${quietActions(home, signOut)}`
          : html`<p class="soft">${t.noAccess.askAgainFrom(t.formats.instant(standing.askableAt))}</p>${actions(home, signOut)}`
      }`;
    case 'askable':
      return html`${askForm(t, shown)}${quietActions(home, signOut)}`;
  }
}

function askForm(t: Catalogue, { app, tooLong }: NoAccess): Html {
  return form(t, {
    action: askForAccessPath,
    hidden: { app: app.name },
    fields: [
      {
        name: 'reason',
        label: t.noAccess.reason,
        type: 'textarea',
        autocomplete: 'off',
        isRequired: false,
        maxLength: maxReasonLength,
        hint: t.noAccess.reasonHint,
        ...(tooLong === undefined
          ? {}
          : { value: tooLong, error: t.noAccess.reasonTooLong(maxReasonLength) }),
      },
    ],
    submit: t.noAccess.ask,
  });
}
