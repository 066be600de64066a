/** Red, green and blue, each from 0 to 255. */
type Rgb = readonly [red: number, green: number, blue: number];

/** A brand's colour as pages use it on one ground. */
export interface Tone {
  /** `#rrggbb`: ground of buttons, colour of links. */
  readonly key: string;
  /** `#rrggbb`: text on it. */
  readonly keyInk: string;
}

/** What pages are drawn on; the style has the same. */
export const grounds = {
  light: { paper: '#f7f7f9', card: '#ffffff' },
  dark: { paper: '#111116', card: '#1a1a21' },
} as const;

const white = '#ffffff';
const black = '#0d0d12';
/** WCAG 2.2, 1.4.3: what normal text needs at least. */
const enough = 4.5;
const steps = 100;

/**
 * The tone of a colour that can be read on light or dark grounds and has a text colour that can be read on it: as near to
 * the brand's as a contrast of 4.5 lets it be.
 */
export function toneFor(color: string, scheme: keyof typeof grounds): Tone {
  const { paper, card } = grounds[scheme];
  const towards = rgbOf(scheme === 'light' ? black : white);
  const own = rgbOf(color);
  for (let step = 0; step <= steps; step += 1) {
    const key = hexOf(mixed(own, towards, step / steps));
    const keyInk = contrast(key, white) >= enough ? white : black;
    const isReadable = [paper, card, keyInk].every((other) => contrast(key, other) >= enough);
    if (isReadable) return { key, keyInk };
  }
  return { key: hexOf(towards), keyInk: scheme === 'light' ? white : black };
}

/** The contrast of two colours (WCAG 2.2, "contrast ratio"), from 1 to 21. */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(rgbOf(one)), luminance(rgbOf(other))].sort(
    (a, b) => a - b,
  );
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mixed(from: Rgb, to: Rgb, share: number): Rgb {
  return from.map((value, index) =>
    Math.round(value + ((to[index] ?? 0) - value) * share),
  ) as unknown as Rgb;
}

function rgbOf(color: string): Rgb {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)) as unknown as Rgb;
}

function hexOf(color: Rgb): string {
  return `#${color.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}
