// Owns how the pages of the login host look: one stylesheet in three parts, and the tones of the
// brand's colour that can be read. It is served by `packages/server/src/pages/assets.ts`; which
// classes a page wears is its own business.

import { grounds, toneFor } from './colors.ts';

/** The colour of pages and mails where the brand has none. */
export const ownColor = '#4b3bbd';

/** What every page has: colours, type, the frame of a page. Sizes follow a rhythm of 8 pixels. */
export function baseStyle(color: string | null): string {
  const { light, dark } = grounds;
  const onLight = toneFor(color ?? ownColor, 'light');
  const onDark = toneFor(color ?? ownColor, 'dark');
  return `
:root {
  color-scheme: light dark;
  --ink: light-dark(#17171c, #ededf2);
  --soft: light-dark(#5b5b66, #a6a6b3);
  --paper: light-dark(${light.paper}, ${dark.paper});
  --card: light-dark(${light.card}, ${dark.card});
  --line: light-dark(#e4e4ea, #2d2d37);
  --edge: light-dark(#8b8b97, #74747f);
  --rim: light-dark(#cfcfd8, #44444f);
  --key: light-dark(${onLight.key}, ${onDark.key});
  --key-ink: light-dark(${onLight.keyInk}, ${onDark.keyInk});
  --key-tint: color-mix(in srgb, var(--key) 8%, var(--card));
  --warn: light-dark(#b3261e, #ffb4ab);
  --warn-tint: color-mix(in srgb, var(--warn) 7%, var(--card));
  --radius: .5rem;
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; min-height: 100vh; min-height: 100dvh; display: flex; flex-direction: column; align-items: center;
  gap: 1.5rem; padding: 1.5rem 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.brand, .foot { width: 100%; max-width: var(--width); }
.narrow { --width: 24rem; }
.wide { --width: 60rem; }
.narrow { justify-content: safe center; }
.narrow .brand { text-align: center; }
.wide .brand { padding-bottom: 1rem; border-bottom: 1px solid var(--line); }
.brand a { display: inline-block; color: var(--ink); font-weight: 600; text-decoration: none; }
.brand img { display: block; height: 2.5rem; max-width: 100%; object-fit: contain; }
main { width: 100%; max-width: var(--width); }
.narrow main { padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  box-shadow: 0 1px 2px rgb(0 0 0 / 4%), 0 8px 24px rgb(0 0 0 / 4%); }
.wide main { flex: 1; }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 2rem; letter-spacing: -.01em; text-wrap: balance; overflow-wrap: anywhere; }
.wide h1 { font-size: 1.75rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.125rem; line-height: 1.5rem; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
code { font: .875em ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
a { color: var(--key); text-underline-offset: .15em; }
.soft, .lead { color: var(--soft); }
.lead strong { color: var(--ink); }
:focus-visible { outline: 2px solid var(--key); outline-offset: 2px; border-radius: 4px; }
.foot { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; font-size: .875rem; }
.narrow .foot { justify-content: center; }
.foot a { color: var(--soft); padding: .25rem 0; }
.alert, .done { margin: 0 0 1.5rem; padding: .75rem 1rem; border: 1px solid; border-radius: var(--radius); }
.alert { color: var(--warn); border-color: var(--warn); background: var(--warn-tint); }
.done { border-color: var(--key); background: var(--key-tint); }
.alert:focus { outline: none; }
.alert > :last-child { margin-bottom: 0; }
.alert ul { margin: 0; padding-left: 1.25rem; }
.alert a { color: inherit; }
.tag { padding: 0 .5rem; font-size: .8125rem; line-height: 1.5rem; font-weight: 500; border-radius: 1rem;
  color: var(--ink); background: var(--key-tint); white-space: nowrap; }
@media (prefers-reduced-motion: no-preference) {
  .button, input, textarea, .tile { transition: background-color .12s, border-color .12s, box-shadow .12s; }
}
`;
}
