import type { Family, FamilyMember } from '@latchkey/session';
import { html } from 'hono/html';
import type { Html } from './html.ts';

/** An app as people see it: never by its name in the config. */
export type ShownApp = Pick<FamilyMember, 'title' | 'description' | 'icon'>;

/** Its picture, or the first letter of its title. Says nothing to whoever hears the page: the title stands beside it. */
export function appIcon({ title, icon }: ShownApp): Html {
  return icon === null
    ? html`<span class="icon" aria-hidden="true">${[...title][0] ?? ''}</span>`
    : html`<img class="icon" src="${icon}" alt="" width="48" height="48">`;
}

/** What people call an app of that name; the name itself where the app has left the family. */
export function appTitles(family: Pick<Family, 'apps'>): (name: string) => string {
  return (name) => family.apps.get(name)?.title ?? name;
}
