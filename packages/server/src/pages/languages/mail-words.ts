/** What one mail says: plain texts, which the layout of mails escapes. Values of people in them are one line each. */
export interface MailWords {
  readonly subject: string;
  /** A paragraph each. */
  readonly lines: readonly string[];
  /** What the button says that leads to the mail's link. Left out where there is none. */
  readonly button?: string;
  /** Facts, each with its name. */
  readonly facts?: readonly (readonly [name: string, value: string])[];
  /** After the button: what to do who did not expect the mail. */
  readonly after?: string;
}
