/** Why a sign-in ended. */
export type EndCause =
  | 'sign-out'
  | 'idle'
  | 'absolute'
  | 'revoked-by-person'
  | 'revoked-by-administrator'
  | 'account-suspended'
  | 'account-deleted'
  | 'credentials-changed'
  | 'account-switched'
  /** A newer sign-in of the same person took its place, in this browser or because there were too many. */
  | 'replaced'
  | 'key-compromise';
