// Owns what the login host knows of a browser: who is there by cookie, store and SQL, which cookies an answer
// carries, which forms it reads, where it may lead on to. Proof of who somebody is belongs to `sign-in/`, the pages
// to `pages/`.

import type { AskCookie, OpenSession, SessionObject, Sessions } from '@latchkey/session/parts';

/** Somebody who is signed in at the login host in this browser. */
export interface Person {
  readonly signInId: string;
  readonly accountId: string;
  readonly email: string;
  readonly name: string;
  readonly isAdministrator: boolean;
  /** The language that they chose (BCP 47), or null. */
  readonly locale: string | null;
  /** When they last proved who they are: milliseconds since 1970. */
  readonly provedAt: number;
}

/** A browser at the login host: its own session, and who that is. */
export interface Visitor {
  readonly opened: OpenSession;
  readonly session: SessionObject;
  /** Null unless the sign-in lives in the store and in SQL, and the account is active. */
  readonly person: Person | null;
  /**
   * Whoever is signed in here is not carried to an app without a fresh proof: somebody signed out in this browser explicitly
   * (`ask-next-time.ts`).
   */
  readonly mustProve: boolean;
}

/** Who may be carried to an app without being asked anything, or null. */
export function silently({ person, mustProve }: Visitor): Person | null {
  return mustProve ? null : person;
}

/** What recognising a visitor needs. */
export interface VisitorDeps {
  /** The login host's own sessions; it never takes the shared cookie as proof of anything. */
  readonly sessions: Sessions;
  /** The live sign-in by SQL, with its account when that is active, or null. */
  readonly findPerson: (signInId: string) => Promise<Person | null>;
  readonly ask: Pick<AskCookie, 'isSet'>;
}

/** Who is there. The login host asks SQL too: the store alone could be older than an ending. */
export async function recognise(deps: VisitorDeps, request: Request): Promise<Visitor> {
  const cookieHeader = request.headers.get('cookie') ?? undefined;
  const opened = await deps.sessions.open(cookieHeader);
  const { session } = opened;
  const signIn = session.signInRecord;
  const person = signIn === null ? null : await deps.findPerson(signIn.id);
  return { opened, session, person, mustProve: deps.ask.isSet(cookieHeader) };
}
