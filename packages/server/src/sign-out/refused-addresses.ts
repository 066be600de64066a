import type { Family, LatchkeyEvent } from '@latchkey/session';
import type { OutgoingCalls } from './address-guard.ts';

/** A relying party that no logout notice can reach as things stand. */
export interface RefusedAddress {
  readonly app: string;
  readonly host: string;
}

/** The logout addresses of the family that our own guard refuses. A host that resolves to nothing is not among them. */
export async function refusedAddresses(
  family: Family,
  calls: Pick<OutgoingCalls, 'judge'>,
): Promise<readonly RefusedAddress[]> {
  const judged = await Promise.all(
    [...family.apps.values()].map(async ({ name, backChannelLogoutUri: uri }) =>
      uri !== null && (await calls.judge(uri)) === 'refused'
        ? [{ app: name, host: new URL(uri).hostname }]
        : [],
    ),
  );
  return judged.flat();
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
