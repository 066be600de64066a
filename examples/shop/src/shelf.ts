import { type Html, html } from '@latchkey-example/family/page';
import { goods } from './cart.ts';

/** The shop's own part of its home page: what it sells, and what is in the cart. */
export function shopShelf(cart: readonly string[]): Html {
  const cards = [...goods].map(
    ([item, { title, text }]) => html`<li><strong>${title}</strong><span>${text}</span>
<form method="post" action="/cart"><input type="hidden" name="item" value="${item}">
<button class="quiet" aria-label="Add to cart: ${title}">Add to cart</button></form></li>`,
  );
  return html`<h2>On the shelf</h2>
<ul class="cards">${cards}</ul>
<h2>Your cart</h2>
<p>${cartText(cart)}</p>`;
}

function cartText(cart: readonly string[]): string {
  if (cart.length === 0) return 'Nothing yet. What you add stays yours when you sign in.';
  return `${cart.map((item) => goods.get(item)?.title ?? item).join(', ')}.`;
}
