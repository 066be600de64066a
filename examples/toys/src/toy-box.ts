import { type Html, html } from '@latchkey-example/family/page';

const toys = [
  { title: 'Clockwork mouse', text: 'Twelve turns, four rooms.' },
  { title: 'Red dot', text: 'Cannot be caught. We have tried.' },
  { title: 'Spring', text: 'It goes down the stairs by itself.' },
];

/** The toys' own part of their home page. */
export function toyBox(): Html {
  const cards = toys.map(
    ({ title, text }) => html`<li><strong>${title}</strong><span>${text}</span></li>`,
  );
  return html`<h2>In the box</h2><ul class="cards">${cards}</ul>`;
}
