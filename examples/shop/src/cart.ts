/** What the shop sells, by the name used in forms. */
export const goods: ReadonlyMap<string, { readonly title: string; readonly text: string }> =
  new Map([
    ['yarn', { title: 'Ball of yarn', text: 'Rolls under every sofa.' }],
    ['box', { title: 'Cardboard box', text: 'Better than what came in it.' }],
    ['feather', { title: 'Feather on a string', text: 'Gone by Thursday.' }],
  ]);

/** How many things a cart holds: a session is not the place for a warehouse. */
export const cartLimit = 20;

/** The cart in a session's data. What other apps of the cookie domain may have left there is not trusted. */
export function cartIn(data: Readonly<Record<string, unknown>>): readonly string[] {
  const cart = data['cart'];
  if (!Array.isArray(cart)) return [];
  return cart.filter((item) => typeof item === 'string' && goods.has(item)).slice(0, cartLimit);
}
