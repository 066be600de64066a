import { type Html, html } from '@latchkey-example/family/page';

const articles = [
  { title: 'Why the box is better', text: 'Four walls, one way in, and nobody finds you.' },
  { title: 'Three o’clock in the morning', text: 'The best hour for running, explained.' },
];

/**
 * The blog's own part of its home page. `cart` is what the shop left in the session: reach `shared` means one record, so
 * the blog sees it.
 */
export function articleList(cart: unknown): Html {
  const cards = articles.map(
    ({ title, text }) => html`<li><strong>${title}</strong><span>${text}</span></li>`,
  );
  const count = Array.isArray(cart) ? cart.length : 0;
  const note =
    count === 0
      ? html``
      : html`<h2>Your cart at the shop</h2><p>${count} ${count === 1 ? 'thing' : 'things'}.</p>`;
  return html`<h2>Latest</h2><ul class="cards">${cards}</ul>${note}`;
}
