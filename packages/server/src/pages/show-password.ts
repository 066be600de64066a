/** Where it is served; named by forms that have a password. */
export const scriptPath = '/assets/latchkey.js';

/**
 * The one script of the pages: a button beside each password that shows what was typed. Without it the fields are what they
 * are. Hidden again before the form is sent, so that no browser keeps it as ordinary text.
 */
export const showPassword = `for (const place of document.querySelectorAll('.secret')) {
  const input = place.querySelector('input');
  const button = document.createElement('button');
  const set = (isShown) => {
    input.type = isShown ? 'text' : 'password';
    button.textContent = isShown ? place.dataset.hide : place.dataset.show;
    button.setAttribute('aria-pressed', String(isShown));
  };
  button.type = 'button';
  button.setAttribute('aria-controls', input.id);
  button.addEventListener('click', () => set(input.type === 'password'));
  input.form.addEventListener('submit', () => set(false));
  set(false);
  place.classList.add('can-show');
  place.append(button);
}
`;
