import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createFamilyKeys } from '@latchkey/server/administration';
import {
  type Family,
  type FamilyMember,
  LatchkeyError,
  openStore,
  type SessionStore,
} from '@latchkey/session';
import type { CliErrorCode } from './errors.ts';
import { codeOf } from './exit-code.ts';
import { type Result, table } from './print.ts';
import { redact } from './redact.ts';

/** What one look found. `unknown`: it could not be judged from here. */
export interface Finding {
  readonly about: string;
  readonly state: 'good' | 'bad' | 'unknown';
  readonly words: string;
}

/** What {@link examine} needs of its surroundings. */
export interface ExamineOptions {
  readonly family: Family;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds since 1970, by this machine. */
  readonly now: () => number;
}

/** Milliseconds by which the clocks of machine and store may differ: what a handshake token allows. */
const clockTolerance = 5_000;
const callMilliseconds = 5_000;

/** `latchkey doctor`: looks at a family from this machine. Makes no file and signs nobody in. */
export async function examine(options: ExamineOptions): Promise<readonly Finding[]> {
  const { family } = options;
  const apps = [...family.apps.values()].filter(({ reach }) => reach !== 'proxy');
  return Promise.all([
    examineSecrets(family),
    examineStore(options),
    examineLoginHost(options),
    ...apps.map((app) => examineApp(options, app)),
  ]);
}

/** The findings as a result. */
export function diagnosis(findings: readonly Finding[]): Result {
  const rows = findings.map(({ about, state, words }) => [about, state, words]);
  return { json: findings, text: table([['what', 'state', 'found'], ...rows]) };
}

/** Throws `family_unwell` when something is bad. */
export function refuseBad(findings: readonly Finding[]): void {
  const bad = findings.filter(({ state }) => state === 'bad').length;
  if (bad === 0) return;
  const message = `${bad} of ${findings.length} findings are bad.`;
  throw new LatchkeyError<CliErrorCode>('family_unwell', message);
}

function examineSecrets(family: Family): Finding {
  const about = 'secrets';
  if (family.secrets.length === 0) {
    return { about, state: 'unknown', words: 'none here; only the login host needs them' };
  }
  try {
    createFamilyKeys(family);
    return { about, state: 'good', words: `${family.secrets.length} in use` };
  } catch (error) {
    return { about, state: 'bad', words: messageOf(error) };
  }
}

async function examineStore({ family, now }: ExamineOptions): Promise<Finding> {
  const about = 'store';
  if (typeof family.store === 'string' && family.store.startsWith('memory:')) {
    return { about, state: 'bad', words: 'it lives in one process; apps in others find it empty' };
  }
  const missing = missingFile(family.store);
  if (missing !== null) {
    return { about, state: 'bad', words: `there is no file ${missing}: has the family ever run?` };
  }
  let store: SessionStore | null = null;
  try {
    store = typeof family.store === 'string' ? await openStore(family.store) : family.store;
    await store.ping();
    const ahead = store.now() - now();
    if (Math.abs(ahead) <= clockTolerance) return { about, state: 'good', words: 'it answers' };
    const seconds = Math.round(Math.abs(ahead) / 1000);
    const direction = ahead > 0 ? 'behind' : 'ahead of';
    const words = `it answers, but the clock of this machine is ${seconds} s ${direction} the store's`;
    return { about, state: 'bad', words };
  } catch (error) {
    return { about, state: 'bad', words: messageOf(error) };
  } finally {
    await store?.close().catch(() => undefined);
  }
}

/** The file of an SQLite store that is not there: opening the store would make it. */
function missingFile(store: string | SessionStore): string | null {
  const path =
    typeof store === 'string' ? /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(store)?.[1] : undefined;
  return path === undefined || existsSync(path) ? null : resolve(path);
}

async function examineLoginHost(options: ExamineOptions): Promise<Finding> {
  const { origin } = options.family.loginHost;
  const found = await ask(options, `${origin}/health/ready`);
  if (found.status !== 200) return judged(origin, found, 'store or database do not answer there');
  // Health checks answer to any host name, pages only to the configured one.
  const page = await ask(options, `${origin}/sign-in`);
  const isPage = page.status === 200 || page.status === 303;
  if (isPage) return { about: origin, state: 'good', words: 'the login host answers' };
  return judged(origin, page, '');
}

/** A destination outside the app is refused by Latchkey with 400, before anything else happens. */
async function examineApp(options: ExamineOptions, app: FamilyMember): Promise<Finding> {
  const found = await ask(options, `${app.origin}/sign-in?return_to=//`);
  if (found.status === 400) {
    return { about: app.origin, state: 'good', words: `${app.name} answers` };
  }
  if (found.status === null || found.status === 421) return judged(app.origin, found, '');
  if (app.reach === 'oidc') {
    const words = `${app.name} answers; what it does with logout notices cannot be seen`;
    return { about: app.origin, state: 'unknown', words };
  }
  return judged(app.origin, found, `${app.name} cannot use the session store`);
}

interface Answer {
  /** Null when there was none. */
  readonly status: number | null;
  readonly words: string;
}

async function ask({ fetch }: ExamineOptions, url: string): Promise<Answer> {
  try {
    const signal = AbortSignal.timeout(callMilliseconds);
    const response = await fetch(url, { redirect: 'manual', signal });
    await response.body?.cancel();
    return { status: response.status, words: '' };
  } catch (error) {
    return { status: null, words: networkReason(error) };
  }
}

function judged(about: string, { status, words }: Answer, outage: string): Finding {
  if (status === null) return { about, state: 'bad', words: `no answer from here: ${words}` };
  if (status === 421) {
    return { about, state: 'bad', words: '421: the proxy does not hand on Host unchanged' };
  }
  if (status === 503 && outage !== '') return { about, state: 'bad', words: `503: ${outage}` };
  return { about, state: 'bad', words: `${status}: Latchkey does not answer there` };
}

function networkReason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string')
    return cause.code;
  return cause instanceof Error && cause.name === 'TimeoutError' ? 'time-out' : 'it failed';
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return codeOf(error) === null ? redact(message) : message;
}
