import { LatchkeyError } from '@latchkey/session';
import type { ServerErrorCode } from '../errors.ts';
import type { CheckFailure, CheckOutcome, ExposureFinding } from './exposure-check.ts';

/** How many hosts an event or a message names. */
export const hostsNamed = 10;

/** Findings that keep the login host from starting. */
export function exposed(found: readonly ExposureFinding[]): LatchkeyError<ServerErrorCode> {
  const named = found
    .slice(0, hostsNamed)
    .map((finding) => `${hostWords(finding)} (${plain(finding.ruleId)}, ${finding.severity})`);
  const more = found.length > hostsNamed ? ` and ${found.length - hostsNamed} more` : '';
  return new LatchkeyError<ServerErrorCode>(
    'exposure_found',
    `The shared cookie would reach others: ${named.join(', ')}${more}. Take these records away, give the shared apps a parent of their own, or accept what is meant (exposure.accepted, exposure.baseline). latchkey exposure shows the whole report; with policy 'warn' the login host starts all the same.`,
  );
}

/** A check that says nothing, likewise. */
export function unchecked({
  why,
  cause,
}: CheckOutcome & { readonly kind: 'failed' }): LatchkeyError<ServerErrorCode> {
  return new LatchkeyError<ServerErrorCode>(
    'exposure_unchecked',
    `${failureWords[why]} Who receives the shared cookie is not known, so the login host does not start. Correct the check, or choose policy 'warn'.`,
    cause === undefined ? {} : { cause },
  );
}

/** Why a check says nothing, for operators. */
const failureWords: Readonly<Record<CheckFailure, string>> = {
  threw: 'The check of who receives the shared cookie failed.',
  timeout: 'The check of who receives the shared cookie took too long.',
  malformed: 'The check of who receives the shared cookie gave something that is no report.',
  partial: 'The check of who receives the shared cookie was cut short.',
  'no-answer': 'DNS gave no answer about any host of the shared cookie.',
};

/** The host of a finding, for logs and messages. */
export function hostWords({ host }: ExposureFinding): string {
  return host === '' ? '(the cookie)' : plain(host);
}

/** What comes from DNS goes into logs and on terminals: printable ASCII alone. */
function plain(text: string): string {
  return text.slice(0, 255).replace(/[^\x20-\x7e]/g, '?');
}
