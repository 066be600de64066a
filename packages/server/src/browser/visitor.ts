import type { OpenSession, Session, Sessions } from '@latchkey/session';

/** Somebody who is signed in at the login host in this browser. */
export interface Person {
  readonly signInId: string;
  readonly accountId: string;
  readonly email: string;
  readonly name: string;
  readonly isAdministrator: boolean;
}

/** A browser at the login host: its own session, and who that is. */
export interface Visitor {
  readonly opened: OpenSession;
  readonly session: Session;
  /** Null unless the sign-in lives in the store and in SQL, and the account is active. */
  readonly person: Person | null;
}

/** What recognising a visitor needs. */
export interface VisitorDeps {
  /** The login host's own sessions; it never takes the shared cookie as proof of anything. */
  readonly sessions: Sessions;
  /** The live sign-in by SQL, with its account when that is active, or null. */
  readonly findPerson: (signInId: string) => Promise<Person | null>;
}

/** Who is there. The login host asks SQL too: the store alone could be older than an ending. */
export async function recognise(deps: VisitorDeps, request: Request): Promise<Visitor> {
  const opened = await deps.sessions.open(request.headers.get('cookie') ?? undefined);
  const { session } = opened;
  const signIn = session.signInRecord;
  const person = signIn === null ? null : await deps.findPerson(signIn.id);
  return { opened, session, person };
}
