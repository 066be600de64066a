import { type AppKey, derivePurposeKey } from '../app-key.ts';
import type { Family } from '../config/family.ts';
import type { InvitationRefusal } from '../event-reasons.ts';
import { isSameAddress } from '../handshake/address-facts.ts';
import { isMarkOf, judgeTime, openInvitation, sourceOf } from '../handshake/invitation.ts';
import type { Platform } from '../platform.ts';
import type { Slot } from '../session-store.ts';

/** An invitation that a hop brings to the login host, and the browser that brings it. */
export interface BroughtInvitation {
  readonly invitation: string;
  /** The app that the person came to. */
  readonly target: { readonly app: string; readonly origin: string };
  /** The sign-in of this browser, or null. */
  readonly slot: Slot | null;
  /** The client's address as the login host knows it; null where it does not. */
  readonly address: string | null;
}

/** What judging invitations needs. */
export interface InvitationJudge {
  readonly family: Family;
  /** Newest first. */
  readonly appKeysOf: (app: string) => readonly AppKey[];
  /** Milliseconds since 1970, by the session store's clock. */
  readonly now: () => number;
  readonly platform: Pick<Platform, 'onEvent'>;
}

/**
 * At the login host, which alone has the key of every app: whether an invitation is true, fresh by the family's limit, and of
 * the sign-in of this very browser. Null when it is. Access is not checked here. An address that differs is told and no more:
 * the browser has just shown whose it is.
 */
export function judgeInvitation(
  { family, appKeysOf, now, platform }: InvitationJudge,
  { invitation, target, slot, address }: BroughtInvitation,
): InvitationRefusal | null {
  const source = sourceOf(invitation);
  const sender = source === null ? undefined : family.apps.get(source);
  if (source === null || sender === undefined) return 'malformed';
  const keys = appKeysOf(source).map((key) =>
    derivePurposeKey(key, 'handshake invitation', family.realm.present),
  );
  const binding = { source, sourceOrigin: sender.origin };
  const opened = openInvitation(keys, invitation, {
    ...binding,
    target: target.app,
    targetOrigin: target.origin,
  });
  if (opened.kind === 'refused') return opened.why;
  const { lifetimeSeconds, addressCheck } = family.handshake;
  const late = judgeTime(opened, lifetimeSeconds, now());
  if (late !== null) return late;
  if (slot === null) return 'nobody';
  if (!isMarkOf(opened, slot)) return 'other-sign-in';
  if (!isSameAddress(addressCheck, opened.address, address)) {
    const { app } = target;
    platform.onEvent({ type: 'handshake.address-differs', app, reason: addressCheck });
  }
  return null;
}
