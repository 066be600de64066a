/** Pages that list things: apps, devices, notices, findings. */
export const listStyle = `
.apps { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 16rem), 1fr)); gap: 1rem; list-style: none; margin: 1rem 0 0; padding: 0; }
.tile { display: flex; gap: 1rem; align-items: center; position: relative; padding: 1rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .75rem; }
.tile:hover { border-color: var(--key); }
.tile a { color: inherit; font-weight: 600; text-decoration: none; overflow-wrap: anywhere; }
.tile a::after { content: ""; position: absolute; inset: -1px; border-radius: .75rem; }
.tile a:focus-visible { outline: none; }
.tile a:focus-visible::after { outline: 2px solid var(--key); outline-offset: 2px; }
.tile p { margin: 0; color: var(--soft); font-size: .875rem; line-height: 1.25rem; }
.icon { display: block; flex: none; width: 3rem; height: 3rem; border-radius: .75rem; object-fit: cover; }
.narrow .icon { margin: 0 0 1rem; }
span.icon { display: grid; place-items: center; font-size: 1.25rem; font-weight: 600; color: var(--key); background: var(--key-tint); }
.rows { list-style: none; margin: 1rem 0 0; padding: 0; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
.rows > li { padding: 1.25rem 1.5rem; }
.rows > li + li { border-top: 1px solid var(--line); }
.rows h2, .rows h3 { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .75rem; margin: 0 0 .5rem; font-size: 1rem; line-height: 1.5rem; overflow-wrap: anywhere; }
.rows dl { display: grid; gap: .25rem; margin: 0; font-size: .875rem; line-height: 1.25rem; }
.rows dl div { display: flex; gap: 1rem; }
.rows dt { flex: none; width: 6rem; color: var(--soft); }
.rows dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.rows .actions { margin-top: 1rem; }
.rows .links { margin-top: .5rem; }
.narrow .facts { display: grid; gap: .75rem; margin: 1rem 0 0; padding: 1rem; background: var(--paper); border-radius: var(--radius); }
.narrow .facts dt { color: var(--soft); font-size: .875rem; line-height: 1.25rem; }
.narrow .facts dd { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
.narrow .facts + form { margin-top: 1.5rem; }
.way { position: relative; }
.way a { color: inherit; font-weight: 600; text-decoration: none; }
.way a::after { content: ""; position: absolute; inset: 0; border-radius: .75rem; }
.way:hover a { color: var(--key); }
.way a:focus-visible { outline: none; }
.way a:focus-visible::after { outline: 2px solid var(--key); outline-offset: -2px; }
.way p { margin: 0; color: var(--soft); font-size: .875rem; line-height: 1.25rem; }
@media (min-width: 40rem) {
  .rows dt { width: 8rem; }
  .aligned > li { display: grid; grid-template-columns: 1fr auto; gap: 0 1.5rem; align-items: start; }
  .aligned h2, .aligned h3 { grid-column: 1; }
  .aligned dl { grid-column: 1; }
  .aligned .actions { grid-column: 2; grid-row: 1 / span 2; margin: 0; }
}
.below { margin: 1rem 0 0; }
.empty { margin: 1rem 0 0; padding: 2rem; text-align: center; color: var(--soft); border: 1px dashed var(--edge); border-radius: .75rem; }
.empty > :last-child { margin-bottom: 0; }
`;
