import type { EventReasons } from './event-reasons.ts';

/** How loud an event is. By default warnings and errors are written to the error output. */
export type EventLevel = 'info' | 'warning' | 'error';

/** Every event of Latchkey's packages. `docs/events.md` says what each means; `npm run check` compares the two lists. */
export const eventLevels = {
  'cookie.duplicate': 'warning',
  'cookie.former': 'info',
  'csrf.refused': 'warning',
  'handshake.address-differs': 'info',
  'handshake.refused': 'warning',
  'host.refused': 'warning',
  'login-host.unavailable': 'error',
  'session.call-refused': 'error',
  'session.save-lost': 'info',
  'sso.notice-delayed': 'warning',
  'sso.notice-refused': 'warning',
  'sso.refused': 'warning',
  'sso.user-refused': 'error',
  'store.unavailable': 'error',

  'access.approver-added': 'info',
  'access.approver-removed': 'info',
  'access.changed': 'info',
  'access.group-changed': 'info',
  'access.requested': 'info',
  'account.created': 'info',
  'account.administrator-changed': 'info',
  'account.email-changed': 'info',
  'account.password-changed': 'info',
  'account.renamed': 'info',
  'account.state-changed': 'info',
  'database.unavailable': 'error',
  'exposure.check-failed': 'warning',
  'exposure.closed': 'info',
  'exposure.found': 'warning',
  'exposure.opened': 'warning',
  'exposure.paused': 'error',
  'exposure.resumed': 'info',
  'login-host.crashed': 'error',
  'login-host.error': 'error',
  'login-host.listening': 'info',
  'login-host.not-ready': 'warning',
  'login-host.stopped': 'info',
  'login-host.stopping': 'info',
  'mail.dead': 'error',
  'mail.delivered': 'info',
  'mail.retry': 'warning',
  'notice.dead': 'error',
  'notice.delivered': 'info',
  'notice.mint-failed': 'error',
  'notice.address-refused': 'error',
  'notice.refused': 'warning',
  'notice.retry': 'warning',
  'outbox.failed': 'error',
  'provider.authorization-refused': 'info',
  'provider.error': 'error',
  'provider.sign-out-refused': 'warning',
  'provider.sign-out-unconfirmed': 'error',
  'provider.signing-key-unreadable': 'warning',
  'provider.token-refused': 'warning',
  'provider.userinfo-refused': 'info',
  'reconciler.clock-doubted': 'warning',
  'reconciler.failed': 'error',
  'reconciler.report-unknown': 'warning',
  'registration.limited': 'warning',
  'sign-in.ended': 'info',
  'sign-in.limited': 'warning',
  'sign-in.refused': 'info',
  'sign-in.succeeded': 'info',
} as const;

/** One of {@link eventLevels}. */
export type EventType = keyof typeof eventLevels;

/** Something happened that an operator may want to see. Never holds a cookie value, a token, a password or a key. */
export type LatchkeyEvent = { readonly [Type in EventType]: EventOf<Type> }[EventType];

/** An event of one type, with the reasons that it may have. */
export interface EventOf<Type extends EventType> extends EventFacts {
  readonly type: Type;
  /** A named reason, never text that came from outside. */
  readonly reason?: Type extends keyof EventReasons ? EventReasons[Type] : never;
}

interface EventFacts {
  readonly app?: string;
  readonly cause?: unknown;
  /** Whom it is about: an account that there is, by its id, with its e-mail address where that is known. */
  readonly account?: { readonly id: string; readonly email?: string };
  /** From where: the client's address, as the login host knows it. */
  readonly address?: string;
  /** Hosts that it is about, ten at most, in printable ASCII. */
  readonly hosts?: readonly string[];
}
