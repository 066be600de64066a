import { invalidOption, refuseUnknown, requireText } from '../option-rules.ts';

/** How the login host writes to people. */
export interface MailSettings {
  /** Who mails come from: `Kittens <login@kittens.example>`, or the address alone. */
  readonly from: string;
  /**
   * The server that takes them: `smtps://user:password@mail.example:465`, or `smtp://…:587`, where the connection must become
   * encrypted before anything is said; `?tls=off` is for a server on the same private network that cannot. User and password are
   * percent-encoded. Default none: in development mails are shown at `/dev/mail`, else none are sent.
   */
  readonly smtp?: string;
}

/** {@link MailSettings}, checked. */
export interface FamilyMail {
  readonly from: { readonly name: string; readonly address: string };
  readonly smtp: SmtpServer | null;
}

/** Where mails are handed over. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `implicit`: from the first byte. `required`: by STARTTLS. */
  readonly tls: 'implicit' | 'required' | 'off';
  readonly login: { readonly user: string; readonly password: string } | null;
}

const mailOptionNames: readonly (keyof MailSettings)[] = ['from', 'smtp'];
const defaultPorts = { 'smtps:': 465, 'smtp:': 587 } as const;
const maxNameCharacters = 100;
/** An address that needs no quotes; the domain in A-labels. */
const addressPattern =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*$/;
/** What ends a header, and what turns the direction of a text round. */
const unfitForNames = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"<>,;:@\\]/u;

/** Checks the settings. Throws `option_invalid`, whose message shows no password. Whether the server answers is not looked at. */
export function resolveMail(settings: MailSettings): FamilyMail {
  refuseUnknown(settings, mailOptionNames, 'mail');
  const { from, smtp } = settings;
  return Object.freeze({ from: senderOf(from), smtp: smtp === undefined ? null : serverOf(smtp) });
}

function senderOf(value: unknown): FamilyMail['from'] {
  const text = requireText(value, 'mail.from').trim();
  const [, quoted = '', bracketed] = /^(.*?)\s*<([^<>]*)>$/.exec(text) ?? [];
  const name = quoted.replace(/^"(.*)"$/, '$1');
  const address = bracketed ?? text;
  const isGood =
    addressPattern.test(address) &&
    address.length <= 254 &&
    address.indexOf('@') <= 64 &&
    name.length <= maxNameCharacters &&
    !unfitForNames.test(name);
  if (isGood) return Object.freeze({ name, address });
  throw invalidOption(
    "mail.from must be one address, with a name before it or without: 'Kittens <login@kittens.example>'.",
  );
}

function serverOf(value: unknown): SmtpServer {
  const text = requireText(value, 'mail.smtp');
  const url = URL.canParse(text) ? new URL(text) : null;
  const protocol = url?.protocol;
  if (url === null || (protocol !== 'smtp:' && protocol !== 'smtps:') || url.hostname === '') {
    throw unfitServer('is no such URL');
  }
  if (!['', '/'].includes(url.pathname) || url.hash !== '')
    throw unfitServer('has more than a host');
  const isOff = url.search === '?tls=off';
  if (url.search !== '' && (!isOff || protocol === 'smtps:')) {
    throw unfitServer('has a query, which may be ?tls=off after smtp:// and nothing else');
  }
  const login = loginOf(url);
  if (isOff && login !== null) {
    throw unfitServer('has a password and ?tls=off: it would be sent for all to read');
  }
  const tls = protocol === 'smtps:' ? 'implicit' : isOff ? 'off' : 'required';
  const port = url.port === '' ? defaultPorts[protocol] : Number(url.port);
  return Object.freeze({ host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port, tls, login });
}

function loginOf({ username, password }: URL): SmtpServer['login'] {
  if (username === '' && password === '') return null;
  if (username === '' || password === '') throw unfitServer('has a user or a password alone');
  try {
    return Object.freeze({
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
    });
  } catch {
    throw unfitServer('has a user or a password that is not percent-encoded');
  }
}

// The URL itself is not shown: it may hold a password.
function unfitServer(fault: string): Error {
  return invalidOption(
    `mail.smtp must be like 'smtps://user:password@mail.example:465' or 'smtp://mail.example:587'; this ${fault}.`,
  );
}
