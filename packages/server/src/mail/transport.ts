import type { MailDeadReason, MailRetryReason } from '@latchkey/session/parts';

/** A mail as it leaves: one recipient, texts ready. */
export interface OutgoingMail {
  /** The same for each try: whoever gets two can tell. Without angle brackets. */
  readonly messageId: string;
  readonly from: { readonly name: string; readonly address: string };
  readonly to: string;
  /** BCP 47. */
  readonly language: string;
  /** One line. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** How one try went. `reason` is a named reason: nothing of the other side's text. */
export type SendResult =
  | { readonly kind: 'delivered' }
  /** It may go through later. */
  | { readonly kind: 'retry'; readonly reason: MailRetryReason }
  /** This mail is not taken, now or later. */
  | { readonly kind: 'refused'; readonly reason: MailDeadReason };

/** Takes mails away. */
export interface MailTransport {
  /** Hands one mail over, within a time of its own. `stop` cuts it short: the result is `retry`, `stopped`. Never rejects. */
  send(mail: OutgoingMail, stop: AbortSignal): Promise<SendResult>;
}
