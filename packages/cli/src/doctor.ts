import { createFamilyKeys, type OutgoingCalls } from '@latchkey/server/administration';
import { type Family, type FamilyMember, LatchkeyError } from '@latchkey/session';
import { configuredFault, type ExpectedCookie } from './doctor-cookies.ts';
import { entryFault } from './doctor-entry.ts';
import { badFinding, type Finding, messageOf } from './doctor-finding.ts';
import { hopFault } from './doctor-hop.ts';
import { examineLoginHost } from './doctor-login-host.ts';
import { examineLogoutAddresses } from './doctor-logout.ts';
import { examineRealm } from './doctor-realm.ts';
import { examineStore, missingFile } from './doctor-store.ts';
import { ask, type Examination, generalFault } from './doctor-web.ts';
import type { CliErrorCode } from './errors.ts';
import { type Result, table } from './print.ts';

/** What {@link examine} needs of its surroundings. */
export interface ExamineOptions extends Examination {
  /** Judges logout addresses as the login host would. */
  readonly calls: Pick<OutgoingCalls, 'judge'>;
}

/**
 * `latchkey doctor`: looks at a family from this machine, and goes the way of a browser from each app to the sign-in page.
 * Makes no file and signs nobody in or out; a sign-in of nobody is in the store for a moment.
 */
export async function examine(options: ExamineOptions): Promise<readonly Finding[]> {
  const { family, web, calls, now } = options;
  const apps = [...family.apps.values()];
  const [findings, ofAddresses, ofRealm] = await Promise.all([
    Promise.all([
      examineSecrets(family),
      examineStore(options),
      examineLoginHost(web, family, now),
      ...apps.map((app) => examineApp(options, app)),
    ]),
    examineLogoutAddresses(family, calls),
    examineRealm(family),
  ]);
  return [...findings, ...ofAddresses, ...ofRealm];
}

/** The findings as a result. */
export function diagnosis(findings: readonly Finding[]): Result {
  const rows = findings.map(({ about, state, words }) => [about, state, words]);
  const changes = findings.flatMap(({ about, change }) =>
    change === undefined ? [] : [`${about}: ${change}`],
  );
  const advice = changes.length === 0 ? '' : `\n\nTo change:\n  ${changes.join('\n  ')}`;
  return { json: findings, text: `${table([['what', 'state', 'found'], ...rows])}${advice}` };
}

/** Throws `family_unwell` when something is bad. */
export function refuseBad(findings: readonly Finding[]): void {
  const bad = findings.filter(({ state }) => state === 'bad').length;
  if (bad === 0) return;
  const message = `${bad} of ${findings.length} findings are bad.`;
  throw new LatchkeyError<CliErrorCode>('family_unwell', message);
}

/** Whether the secrets of the config can be used, where there are any. */
export function examineSecrets(family: Family): Finding {
  const about = 'secrets';
  if (family.secrets.length === 0) {
    return { about, state: 'unknown', words: 'none here; only the login host needs them' };
  }
  try {
    createFamilyKeys(family);
    return { about, state: 'good', words: `${family.secrets.length} in use` };
  } catch (error) {
    return { about, state: 'bad', words: messageOf(error), change: 'secrets' };
  }
}

/** A destination outside the app is refused by Latchkey with 400, before anything else happens. */
async function examineApp(examination: Examination, app: FamilyMember): Promise<Finding> {
  const { family, web } = examination;
  const { origin, name, reach } = app;
  const fault = appCookies(app)
    .map(configuredFault)
    .find((one) => one !== null);
  if (fault !== undefined) return badFinding(origin, fault);
  const answer = await ask(web, `${origin}/sign-in?return_to=//`);
  const outage = reach === 'oidc' ? `${name} is not ready` : `${name} cannot use the session store`;
  const general = generalFault(origin, answer, outage);
  if (general !== null) return general;
  const status = answer.kind === 'silent' ? null : answer.response.status;
  const isRedirect = status !== null && status >= 300 && status < 400;
  // What redirects before Latchkey is asked is named by the walk.
  if (reach !== 'oidc' && status !== 400 && !isRedirect) {
    const words = `${status}: Latchkey does not answer there`;
    return badFinding(origin, { words, change: `apps.${name}.origin, or what answers there` });
  }
  const found = status === 400 || isRedirect ? await hopFault(examination, app) : null;
  if (found !== null) return found;
  const isTried = status === 400 && reach !== 'oidc' && missingFile(family.store) === null;
  const entry = isTried ? await entryFault(examination, app) : null;
  if (entry !== null) return entry;
  if (status === 400) return { about: origin, state: 'good', words: `${name} answers` };
  const words = `${name} answers; what it does with logout notices cannot be seen`;
  return { about: origin, state: 'unknown', words };
}

/** The cookie of an app, with the lines of the config that it comes from. */
function appCookies(app: FamilyMember): readonly ExpectedCookie[] {
  if (app.cookie === null) return [];
  const own = `apps.${app.name}.origin`;
  const setting = app.reach === 'shared' ? `session.domain, session.prefix, ${own}` : own;
  return [{ origin: app.origin, scope: app.cookie, setting }];
}
