import { invalidOption, refuseUnknown, requireText, requireUrl } from '../option-rules.ts';

/** How the login host's pages look, and where they send people who want to read more. */
export interface BrandSettings {
  /** Picture in place of the family's name: https, or a path at the login host. Shown at most 40 pixels high. Default none. */
  readonly logo?: string;
  /** The logo on a dark ground. Default: `logo`. */
  readonly logoDark?: string;
  /**
   * `'#rrggbb'`: buttons, links and what has the focus. Where text on it could not be read (contrast below 4.5), a darker or
   * lighter tone of it is used. Default a violet.
   */
  readonly color?: string;
  /** Picture for the browser's tab: https, or a path at the login host. Default: a key in the colour. */
  readonly favicon?: string;
  /** Terms of use: https, or a path at the login host. Default none. */
  readonly terms?: string;
  /** Privacy policy: https, or a path at the login host. Default none. */
  readonly privacy?: string;
  /** Where people get help: https, a path at the login host, or `mailto:`. Default none. */
  readonly support?: string;
}

/** {@link BrandSettings}, checked; null where nothing is set. */
export type Brand = { readonly [Name in keyof BrandSettings]-?: string | null };

/** How an app is shown to people. */
export interface AppLook {
  /** Default: its name in the config, the first letter a capital one, hyphens as spaces. At most 60 characters. */
  readonly title?: string;
  /** One line, at most 140 characters. Default none. */
  readonly description?: string;
  /** A square picture: https, or a path at the login host. Default: the first letter of the title. */
  readonly icon?: string;
}

export const brandOptionNames = [
  'logo',
  'logoDark',
  'color',
  'favicon',
  'terms',
  'privacy',
  'support',
] as const;
export const appLookNames: readonly (keyof AppLook)[] = ['title', 'description', 'icon'];

const maxTitle = 60;
const maxDescription = 140;
const maxLink = 2_000;
const colorPattern = /^#[0-9a-f]{6}$/i;
/** A path of the login host: not `//host`, nothing that would have to be escaped in a header. */
const pathPattern = /^\/(?![/\\])[\w\-./~%?=&+:@]*$/;
const mailPattern = /^mailto:[\w.+-]+@[\w-]+(?:\.[\w-]+)*$/;

/** Throws `option_invalid`. */
export function resolveBrand(settings: BrandSettings = {}): Brand {
  refuseUnknown(settings, brandOptionNames, 'brand');
  const link = (name: Exclude<keyof BrandSettings, 'color'>): string | null => {
    const value = settings[name];
    if (value === undefined) return null;
    const isMail = name === 'support' && typeof value === 'string' && mailPattern.test(value);
    return isMail ? value : requireLink(value, `brand.${name}`);
  };
  return Object.freeze({
    logo: link('logo'),
    logoDark: link('logoDark'),
    color: colorOf(settings.color),
    favicon: link('favicon'),
    terms: link('terms'),
    privacy: link('privacy'),
    support: link('support'),
  });
}

/** Throws `option_invalid`. `where` is the app's place in the config. */
export function resolveAppLook(
  name: string,
  { title, description, icon }: AppLook,
  where: string,
): { readonly title: string; readonly description: string | null; readonly icon: string | null } {
  return {
    title: title === undefined ? capitalised(name) : line(title, `${where}.title`, maxTitle),
    description:
      description === undefined ? null : line(description, `${where}.description`, maxDescription),
    icon: icon === undefined ? null : requireLink(icon, `${where}.icon`),
  };
}

function capitalised(name: string): string {
  const words = name.replaceAll('-', ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function line(value: unknown, where: string, most: number): string {
  const text = requireText(value, where).trim();
  if (text.length <= most && !/\p{Cc}/u.test(text)) return text;
  throw invalidOption(`${where} must be one line of at most ${most} characters.`);
}

function colorOf(value: unknown): string | null {
  if (value === undefined) return null;
  if (typeof value === 'string' && colorPattern.test(value)) return value.toLowerCase();
  throw invalidOption("brand.color must be a colour of six hexadecimal digits, such as '#4b3bbd'.");
}

/** A whole URL by {@link requireUrl}, or a path at the login host. */
function requireLink(value: unknown, where: string): string {
  if (typeof value === 'string' && value.length <= maxLink) {
    return pathPattern.test(value) ? value : requireUrl(value, where);
  }
  throw invalidOption(
    `${where} must be an https URL or a path at the login host such as '/logo.svg', at most ${maxLink} characters.`,
  );
}
