/** Fields, choices and the ways on from a page. */
export const formStyle = `
.field { margin: 0 0 1rem; }
label { display: block; margin: 0 0 .25rem; font-size: .875rem; line-height: 1.25rem; font-weight: 600; }
input, textarea, select { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; font: inherit; color: inherit;
  background: var(--card); border: 1px solid var(--edge); border-radius: var(--radius); }
input:hover, textarea:hover, select:hover { border-color: var(--ink); }
input:focus-visible, textarea:focus-visible, select:focus-visible { outline-offset: 0; border-color: var(--key); border-radius: var(--radius); }
[aria-invalid="true"] { border-color: var(--warn); }
.hint, .error { margin: .25rem 0 0; font-size: .875rem; line-height: 1.25rem; }
.hint { color: var(--soft); }
.error { color: var(--warn); }
.choice { display: grid; grid-template-columns: auto 1fr; gap: 0 .75rem; align-items: start; margin: 0 0 1rem; }
.choice input { width: 1.25rem; height: 1.25rem; min-height: 0; margin: 0; accent-color: var(--key); }
.choice label { margin: 0; font-weight: 500; }
.choice .hint { grid-column: 2; }
.secret { position: relative; }
.secret button { position: absolute; inset: 0 0 0 auto; padding: 0 .75rem; font: inherit; font-size: .875rem; font-weight: 600;
  color: var(--key); background: none; border: 0; border-radius: var(--radius); cursor: pointer; }
.secret.can-show input { padding-right: 6rem; }
.actions { display: flex; flex-direction: column; gap: .75rem; margin: 1.5rem 0 0; }
.actions form, .actions .button { width: 100%; }
.button { display: inline-flex; align-items: center; justify-content: center; min-height: 2.75rem; padding: .5rem 1rem;
  font: inherit; font-weight: 600; text-align: center; color: var(--key-ink); background: var(--key); border: 1px solid transparent;
  border-radius: var(--radius); text-decoration: none; cursor: pointer; }
.button:hover { background: color-mix(in srgb, var(--key) 88%, var(--ink)); }
.button:focus-visible { border-radius: var(--radius); }
.quiet { color: var(--ink); background: var(--card); border-color: var(--rim); }
.quiet:hover { background: var(--paper); border-color: var(--edge); }
.aside { margin: 2rem 0 0; padding: 1.5rem 0 0; border-top: 1px solid var(--line); }
.aside > h2 { margin-top: 0; }
.aside > .actions { margin-top: 0; }
.links { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 1.5rem 0 0; font-size: .875rem; }
.links a { padding: .25rem 0; }
@media (min-width: 40rem) {
  .wide .actions { flex-direction: row; flex-wrap: wrap; }
  .wide .actions form, .wide .actions .button { width: auto; }
}
`;
