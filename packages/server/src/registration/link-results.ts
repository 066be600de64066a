import type { EmailAddress } from '../accounts/email.ts';
import type { LinkResult } from '../one-time-links/one-time-links.ts';
import type { AskedFrom } from './origin.ts';

/** A token and what kind of link it came in. */
export interface RegistrationLink {
  readonly token: string;
  readonly purpose: 'confirm-registration' | 'invitation';
}

/**
 * Why a link opens no form. `withdrawn`: the invitation was taken back, or a newer one took its place. `closed`: the config does
 * not let anybody register any more, or not with this address.
 */
export type LinkRefusal =
  | Extract<LinkResult, { kind: 'refused' }>['why']
  | 'withdrawn'
  | 'closed'
  | 'email-taken';

/** What a link is good for. */
export interface GoodLink {
  readonly address: EmailAddress;
  /** What the form is filled in with. */
  readonly name: string;
  readonly from: AskedFrom;
  /** Name of an app that is asked for with the account, or null. */
  readonly asksFor: string | null;
}

export type ReadLinkResult =
  | ({ readonly kind: 'good' } & GoodLink)
  | { readonly kind: 'refused'; readonly why: LinkRefusal };
