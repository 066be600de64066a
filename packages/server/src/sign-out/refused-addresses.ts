import type { Family, LatchkeyEvent } from '@latchkey/session';
import type { OutgoingCalls } from './address-guard.ts';

/** A relying party that no logout notice can reach as things stand. */
export interface RefusedAddress {
  readonly app: string;
  readonly host: string;
}

/** A logout address, and whether it would be called as things stand; `unknown` where its host resolves to nothing. */
export interface JudgedAddress extends RefusedAddress {
  readonly verdict: Awaited<ReturnType<OutgoingCalls['judge']>>;
}

/** The logout addresses of the family, each judged by our own guard. */
export async function judgeAddresses(
  family: Family,
  calls: Pick<OutgoingCalls, 'judge'>,
): Promise<readonly JudgedAddress[]> {
  const judged = await Promise.all(
    [...family.apps.values()].map(async ({ name, backChannelLogoutUri: uri }) =>
      uri === null
        ? []
        : [{ app: name, host: new URL(uri).hostname, verdict: await calls.judge(uri) }],
    ),
  );
  return judged.flat();
}

/** The logout addresses of the family that our own guard refuses. A host that resolves to nothing is not among them. */
export async function refusedAddresses(
  family: Family,
  calls: Pick<OutgoingCalls, 'judge'>,
): Promise<readonly RefusedAddress[]> {
  const judged = await judgeAddresses(family, calls);
  return judged.flatMap(({ app, host, verdict }) => (verdict === 'refused' ? [{ app, host }] : []));
}

/** Says so as events, so that it is known before somebody signs out. */
export async function reportRefusedAddresses(
  family: Family,
  calls: Pick<OutgoingCalls, 'judge'>,
  onEvent: (event: LatchkeyEvent) => void,
): Promise<void> {
  for (const { app, host } of await refusedAddresses(family, calls)) {
    onEvent({ type: 'notice.address-refused', app, hosts: [host] });
  }
}
