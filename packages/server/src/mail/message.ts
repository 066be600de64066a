/** A mail to one person. */
export interface NewMail {
  /** One address, as `packages/server/src/accounts/email.ts` reads it. Anything else throws. */
  readonly to: string;
  /** A BCP 47 tag, or null where nobody knows; one without texts of its own gets the default. See `packages/server/src/pages/languages/choose-language.ts`. */
  readonly language: string | null;
  readonly message: MailMessage;
}

/** What a person is told by mail. Each kind has its texts in every language. Texts of people are escaped where they are written. */
export type MailMessage = LinkMessage | AccountMessage | AccessMessage | SecurityMessage;

/** Carries a single-use link. `link` is a whole URL of the login host. */
export type LinkMessage =
  | { readonly kind: 'confirm-registration'; readonly link: string }
  | {
      readonly kind: 'invitation';
      readonly link: string;
      /** Who invites, by name, or null. */
      readonly invitedBy: string | null;
    }
  | { readonly kind: 'reset-password'; readonly link: string }
  /** To the new address, which the person shall show to be theirs. */
  | { readonly kind: 'confirm-new-email'; readonly link: string }
  /** To the present address, which shall agree to the change. */
  | { readonly kind: 'confirm-old-email'; readonly link: string; readonly newEmail: string };

/** What became of an account. `link` is the page of the login host to go on from. */
export type AccountMessage =
  /** Somebody asked for an account with the address of one. */
  | { readonly kind: 'already-registered'; readonly link: string }
  | { readonly kind: 'account-approved'; readonly link: string }
  | { readonly kind: 'account-denied'; readonly reason: string | null }
  /** To administrators: of the newest of those who wait, and how many others do. */
  | {
      readonly kind: 'account-waiting';
      readonly link: string;
      readonly name: string;
      readonly email: string;
      readonly others: number;
    };

/** What became of a request for an app, which is named by its title. */
export type AccessMessage =
  /** To the app's approvers. */
  | {
      readonly kind: 'access-waiting';
      readonly link: string;
      readonly app: string;
      readonly name: string;
      readonly email: string;
      readonly reason: string;
    }
  | { readonly kind: 'access-granted'; readonly link: string; readonly app: string }
  | { readonly kind: 'access-denied'; readonly app: string; readonly reason: string | null };

/** What somebody did with the account, so that its owner notices when it was somebody else. `link` leads to help. */
export type SecurityMessage =
  | {
      readonly kind: 'new-device';
      readonly link: string;
      /** A few words from the User-Agent. */
      readonly device: string;
      /** The client's address; `''` where it is not known. */
      readonly place: string;
      /** Milliseconds since 1970. */
      readonly at: number;
    }
  | { readonly kind: 'password-changed'; readonly link: string; readonly at: number }
  /** To the former address. */
  | {
      readonly kind: 'email-changed';
      readonly link: string;
      readonly newEmail: string;
      readonly at: number;
    };

export type MailKind = MailMessage['kind'];

/** Kinds that strangers or colleagues of the person can set off. What anybody asks with an address is one, account or not. */
const setOffByOthers: Partial<Record<MailKind, string>> = {
  'confirm-registration': 'registration',
  'already-registered': 'registration',
  'reset-password': 'reset-password',
  'access-waiting': 'access-waiting',
};

const security: Readonly<Record<SecurityMessage['kind'], true>> = {
  'new-device': true,
  'password-changed': true,
  'email-changed': true,
};

/**
 * Which mails to one address are counted together. Security mails and those that others set off are counted apart: who makes us
 * send many of one kind silences no other.
 */
export function allowanceOf(kind: MailKind): string {
  return kind in security ? kind : (setOffByOthers[kind] ?? 'ordinary');
}
