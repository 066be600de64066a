import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

/**
 * The one stylesheet of the example apps' pages. It stands in the page, whose policy names its hash. A template without
 * holes, so that nothing in it is escaped.
 */
export const pageStyle: HtmlEscapedString | Promise<HtmlEscapedString> = html`
:root { color-scheme: light dark;
  --ink: light-dark(#1c1a2e, #ecebf7); --soft: light-dark(#5a5770, #a9a6c2);
  --paper: light-dark(#f6f5fb, #14131f); --card: light-dark(#fff, #1f1d2e);
  --line: light-dark(#d9d6e8, #3a3752); --key-ink: light-dark(#fff, #14131f);
  --key: light-dark(#4b3bbd, #b3a8ff); --tint: light-dark(#ece9fd, #2a2650); }
.shop { --key: light-dark(#4b3bbd, #b3a8ff); --tint: light-dark(#ece9fd, #2a2650); }
.blog { --key: light-dark(#0b6b58, #6fe0c4); --tint: light-dark(#dcf5ee, #123b33); }
.toys { --key: light-dark(#a63208, #ffb08c); --tint: light-dark(#ffe9df, #4a2415); }
.wiki { --key: light-dark(#1658a8, #8fc1ff); --tint: light-dark(#e0edfc, #16325a); }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.5rem; padding: .75rem 1.5rem;
  background: var(--card); border-bottom: 1px solid var(--line); }
.family { display: flex; align-items: center; gap: .6rem; margin: 0; font-weight: 700; }
.family svg { width: 1.6rem; height: 1.6rem; fill: var(--key); }
.bar ul { display: flex; flex-wrap: wrap; gap: .25rem; margin: 0; padding: 0; list-style: none; }
.bar a { display: block; padding: .4rem .85rem; border-radius: 2rem; color: var(--ink); text-decoration: none; }
.bar a:hover { background: var(--tint); }
.bar a[aria-current] { background: var(--tint); color: var(--key); font-weight: 600; }
main { max-width: 44rem; margin: 0 auto; padding: 2.5rem 1.5rem 3rem; }
.reach { margin: 0; color: var(--key); font-size: .85rem; font-weight: 600; letter-spacing: .04em; }
h1 { margin: .1rem 0 .5rem; font-size: 2.4rem; line-height: 1.15; letter-spacing: -.02em; }
h2 { margin: 2rem 0 .75rem; font-size: 1.1rem; }
.lead { margin: 0 0 1.75rem; color: var(--soft); font-size: 1.1rem; }
.who { display: flex; flex-wrap: wrap; align-items: center; gap: 1rem; padding: 1.1rem 1.25rem;
  background: var(--card); border: 1px solid var(--line); border-radius: 1rem; }
.who p { margin: 0; flex: 1 1 12rem; }
.who strong { display: block; font-size: 1.1rem; }
.who .email { color: var(--soft); overflow-wrap: anywhere; }
.face { display: grid; place-items: center; width: 3rem; height: 3rem; border-radius: 50%;
  background: var(--tint); color: var(--key); font-size: 1.3rem; font-weight: 700; }
form { margin: 0; }
button, .button { display: inline-block; padding: .6rem 1.15rem; border: 0; border-radius: .6rem; font: inherit;
  font-weight: 600; color: var(--key-ink); background: var(--key); text-decoration: none; cursor: pointer; }
button.quiet { padding: .35rem .8rem; color: var(--key); background: var(--tint); }
button:hover, .button:hover { filter: brightness(1.08); }
a { color: var(--key); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: 1rem;
  margin: 0; padding: 0; list-style: none; }
.cards > li { display: flex; flex-direction: column; align-items: flex-start; gap: .35rem; padding: 1rem 1.1rem;
  background: var(--card); border: 1px solid var(--line); border-radius: 1rem; }
.cards strong { font-size: 1.05rem; }
.cards span { color: var(--soft); }
.cards form, .cards .end { margin-top: auto; padding-top: .5rem; }
.foot { color: var(--soft); font-size: .9rem; margin-top: 2.5rem; }
:focus-visible { outline: 3px solid var(--key); outline-offset: 2px; border-radius: .3rem; }
@media (max-width: 32rem) { main { padding-top: 1.5rem; } h1 { font-size: 1.9rem; } .bar { padding: .75rem 1rem; } }
@media (prefers-reduced-motion: no-preference) { button, .button, .bar a { transition: background .15s, filter .15s; } }
`;
