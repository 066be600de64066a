import type { Family } from '@latchkey/session';
import { mayHaveEffect, requestOrigin } from '@latchkey/session/parts';
import type { AccessRequests } from '../access/access-request.ts';
import { readForm } from '../browser/form.ts';
import { seeOther } from '../browser/return-to.ts';
import type { Visitor } from '../browser/visitor.ts';
import { messages } from '../pages/messages.ts';
import { noAccessPage } from '../pages/no-access-page.ts';
import type { PageMaker } from '../pages/page.ts';
import { toNoAccess } from '../sign-in/no-access-route.ts';

/** What asking for an app needs. */
export interface AskRouteDeps {
  readonly family: Family;
  readonly page: PageMaker;
  readonly recognise: (request: Request) => Promise<Visitor>;
  readonly requests: Pick<AccessRequests, 'ask'>;
}

/** `POST /access/request`: the person who is signed in asks for an app; the page that says where they stand comes next. */
export async function askForAccess(deps: AskRouteDeps, request: Request): Promise<Response> {
  const { family, page } = deps;
  if (!mayHaveEffect(requestOrigin(request), [family.loginHost.origin]))
    return page(messages.crossSite);
  const form = await readForm(request);
  const [names, reasons] = [form?.getAll('app') ?? [], form?.getAll('reason') ?? []];
  const app = names.length === 1 ? family.apps.get(names[0] ?? '') : undefined;
  if (app === undefined || reasons.length > 1) return page(messages.badRequest);
  const { opened, person } = await deps.recognise(request);
  const cookies = await opened.commit();
  if (person === null) return seeOther(`${family.loginHost.origin}/sign-in`, cookies);
  const [reason = ''] = reasons;
  const result = await deps.requests.ask({ accountId: person.accountId, app: app.name, reason });
  if (result.kind === 'refused' && result.why === 'reason-too-long') {
    const shown = {
      app,
      email: person.email,
      standing: { kind: 'askable' },
      tooLong: reason,
    } as const;
    return page({ ...noAccessPage(shown), cookies });
  }
  return toNoAccess(family, app.name, cookies);
}
