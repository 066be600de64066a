import type { Family } from '@latchkey/session';

/** The relying parties of a family that take no logout notices (`backChannelLogout: false`). */
export function silentAppsOf(family: Family): ReadonlySet<string> {
  const silent = [...family.apps.values()].filter(
    ({ reach, backChannelLogoutUri }) => reach === 'oidc' && backChannelLogoutUri === null,
  );
  return new Set(silent.map(({ name }) => name));
}
