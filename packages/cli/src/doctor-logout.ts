import { judgeAddresses, type OutgoingCalls } from '@latchkey/server/administration';
import type { Family } from '@latchkey/session';
import type { Finding } from './doctor-finding.ts';

/**
 * Logout addresses that the login host will not call, judged as it would do from this machine, and those of which nothing
 * can be said because their host resolves to nothing here. No call is made.
 */
export async function examineLogoutAddresses(
  family: Family,
  calls: Pick<OutgoingCalls, 'judge'>,
): Promise<readonly Finding[]> {
  const judged = await judgeAddresses(family, calls);
  return judged.flatMap(({ app, host, verdict }): readonly Finding[] => {
    const about = `logout address of ${app}`;
    // Of a development family, whose login host calls these names on this machine.
    if (verdict === 'allowed' || host.endsWith('.localhost')) return [];
    if (verdict === 'unknown') {
      const words = `${host} resolves to nothing here: whether notices are sent there cannot be seen`;
      return [{ about, state: 'unknown', words }];
    }
    return [
      {
        about,
        state: 'bad',
        words: `the login host will not call ${host}: its address is internal, or called by http. Notices for ${app} wait`,
        change: `latchkey serve --allow-range with the range of that network, such as 10.2.0.0/16, if it is yours (doctor takes it too); else a public https address in apps.${app}.backChannelLogoutUri`,
      },
    ];
  });
}
