import { type Html, html } from '@latchkey-example/family/page';
import type { WikiUser } from './users.ts';

const articles = [
  { title: 'On cardboard', text: 'Why a box is worth more than what came in it.' },
  { title: 'On the number of lives', text: 'Sources differ; nine is the lower bound.' },
  { title: 'On three in the morning', text: 'The best hour for running through the house.' },
];

/** What everybody may read. */
export function articleList(): Html {
  const items = articles.map(
    ({ title, text }) => html`<li><strong>${title}</strong><span>${text}</span></li>`,
  );
  return html`<h2>Read lately</h2><ul class="cards">${items}</ul>`;
}

/** What the wiki knows of a person by itself. */
export function userCard(user: WikiUser | null): Html {
  if (user === null) return html``;
  const since = new Date(user.firstSeenAt).toISOString().slice(0, 10);
  const visits = user.visits === 1 ? 'the first visit' : `visit ${user.visits}`;
  return html`<h2>You in this wiki</h2><p>A reader since ${since}; this is ${visits}.</p>`;
}
