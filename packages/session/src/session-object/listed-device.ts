import type { SignInRecord } from '../session-store.ts';

/** What an app says of a sign-in that it makes. */
export interface SignInChoices {
  /** How the person proved who they are: RFC 8176 names. Default `['pwd']`. */
  readonly methods?: readonly string[];
  /** What the person would call the browser, for the list of devices; cut at 200 characters. */
  readonly device?: string;
  /** The client's address or place, for the list of devices; cut at 100 characters. */
  readonly place?: string;
  /** The person asked to stay signed in: the longer lifetimes, and a cookie that outlives the browser. Default false. */
  readonly remember?: boolean;
}

/** One of a person's sign-ins, as a list of devices shows it. Holds nothing that opens a session. */
export interface ListedDevice {
  /** The sign-in's id, for `endSignIn`. */
  readonly id: string;
  /** Whether it is the one that this session belongs to. */
  readonly current: boolean;
  readonly device: string;
  readonly place: string;
  readonly methods: readonly string[];
  readonly remembered: boolean;
  /** Names of the apps that it may enter, sorted. */
  readonly apps: readonly string[];
  /** When the person proved who they are: milliseconds since 1970. */
  readonly signedInAt: number;
  /** Last recorded use, exact to a minute. */
  readonly usedAt: number;
}

export function listedDevice(signIn: SignInRecord, usedAt: number, current: boolean): ListedDevice {
  const { id, device, place, methods, remembered, apps, provedAt } = signIn;
  const names = Object.keys(apps).sort();
  const signedInAt = provedAt;
  return { id, current, device, place, methods, remembered, apps: names, signedInAt, usedAt };
}
