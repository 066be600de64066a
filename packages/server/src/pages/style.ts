/** The login host's one stylesheet, served at {@link stylePath}: `style-src 'self'`, no inline style anywhere. */
export const stylePath = '/assets/latchkey.css';

export const style = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1c1a2e, #ecebf7);
  --soft: light-dark(#5a5770, #a9a6c2);
  --paper: light-dark(#f6f5fb, #14131f);
  --card: light-dark(#ffffff, #1f1d2e);
  --line: light-dark(#d9d6e8, #3a3752);
  --key: light-dark(#4b3bbd, #b3a8ff);
  --key-ink: light-dark(#ffffff, #17132f);
  --warn: light-dark(#9b1c31, #ff9fae);
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
  background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 26rem; background: var(--card); border: 1px solid var(--line);
  border-radius: 1rem; padding: 2rem; }
header p { margin: 0; color: var(--soft); }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
input { width: 100%; padding: .65rem .75rem; font: inherit; color: inherit; background: var(--paper);
  border: 1px solid var(--soft); border-radius: .5rem; }
.choice { display: flex; align-items: baseline; gap: .6rem; margin: 1.25rem 0 0; }
.choice label { margin: 0; }
.choice input { flex: none; margin: 0; width: 1.1rem; height: 1.1rem; accent-color: var(--key); transform: translateY(.15rem); }
.hint { margin: .25rem 0 0 1.7rem; color: var(--soft); font-size: .9rem; }
button, .button { display: inline-block; margin: 1.25rem .75rem 0 0; padding: .65rem 1.25rem; font: inherit;
  font-weight: 600; color: var(--key-ink); background: var(--key); border: 0; border-radius: .5rem;
  text-decoration: none; cursor: pointer; }
a { color: var(--key); }
:focus-visible { outline: 3px solid var(--key); outline-offset: 2px; }
.alert { padding: .75rem 1rem; border: 1px solid var(--warn); border-radius: .5rem; color: var(--warn); }
.apps { list-style: none; margin: 0; padding: 0; }
.apps li { padding: .5rem 0; border-top: 1px solid var(--line); }
.devices { list-style: none; margin: 1.5rem 0 0; padding: 0; }
.devices li { padding: 1rem 0 1.25rem; border-top: 1px solid var(--line); }
.devices h2, .devices h3 { margin: 0 0 .5rem; font-size: 1rem; overflow-wrap: anywhere; display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .6rem; }
.devices dl { margin: 0; }
.devices dl div { display: flex; gap: .75rem; }
.devices dt { flex: none; width: 5.5rem; color: var(--soft); }
.devices dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.devices button { margin-top: .75rem; }
.tag { padding: .1rem .5rem; font-size: .8rem; border: 1px solid var(--key);
  border-radius: 1rem; color: var(--key); white-space: nowrap; }
.quiet { padding: .4rem .9rem; color: var(--key); background: transparent; border: 1px solid var(--key); }
.done { padding: .75rem 1rem; border: 1px solid var(--key); border-radius: .5rem; }
.soft { color: var(--soft); }
`;
