/** What `req.session` of Express is: the adapter and the drop-in for express-session each add theirs where imported. */
// biome-ignore lint/suspicious/noEmptyInterface: augmented by the two
export interface RequestSessions {}

type AllOf<Union> = (Union extends unknown ? (one: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/** The one that the app imported. A program that imports both, for two apps, sees the members of both. */
export type RequestSession = AllOf<RequestSessions[keyof RequestSessions]>;

declare module 'express-serve-static-core' {
  interface Request {
    /** Made by the middleware that the app uses. */
    session: RequestSession;
  }
}
