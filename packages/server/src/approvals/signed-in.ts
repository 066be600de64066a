import type { Family } from '@latchkey/session';
import type { AccessRequests } from '../access/access-request.ts';
import type { Approvers } from '../access/approvers.ts';
import { seeOther } from '../browser/return-to.ts';
import type { Person, Visitor } from '../browser/visitor.ts';
import { approvalsPath } from '../pages/approvals-path.ts';
import type { PageMaker } from '../pages/page.ts';
import type { WaitingRequests } from '../sign-in/waiting-request.ts';

/** What the pages of approvers need. */
export interface ApprovalRoutesDeps {
  readonly family: Family;
  readonly page: PageMaker;
  readonly recognise: (request: Request) => Promise<Visitor>;
  readonly waiting: WaitingRequests;
  readonly requests: AccessRequests;
  readonly approvers: Pick<Approvers, 'appsOf'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Who asks, and the cookies of the answer. */
export interface Approver {
  readonly person: Person;
  readonly cookies: readonly string[];
}

/** Who is not signed in signs in first, and comes back to what they wanted to see. */
export async function forSignedIn(
  deps: ApprovalRoutesDeps,
  request: Request,
  answer: (approver: Approver) => Promise<Response>,
): Promise<Response> {
  const { opened, person } = await deps.recognise(request);
  const cookies = await opened.commit();
  if (person !== null) return answer({ person, cookies });
  const { pathname, search } = new URL(request.url);
  const signIn = new URL('/sign-in', deps.family.loginHost.origin);
  signIn.searchParams.set(
    'return_to',
    request.method === 'GET' ? pathname + search : approvalsPath,
  );
  return seeOther(signIn.href, cookies);
}
