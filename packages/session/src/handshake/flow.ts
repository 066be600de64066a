import { createHmac, timingSafeEqual } from 'node:crypto';
import { readBase64url } from '../sealed-envelope.ts';

/**
 * The browser's part of a hop. The app sets a random value in a cookie before the hop; `state` in the URL is an HMAC
 * under that value over app and destination, followed by the destination: the only place in which a hop has the path.
 * So a link that was made for another browser fits no cookie here (login CSRF), and the value itself never stands in a
 * URL. Tabs of one browser share the value: none disturbs another.
 */
const valuePattern = /^[A-Za-z0-9_-]{22}$/;
const statePattern = /^[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{1,2800}$/;
const macBytes = 16;
/** In front of the path: which hop it is (1 byte), and what tells states apart (6). */
const headBytes = 7;

/** Seconds the flow cookie is kept: the time a person may take to sign in. */
export const flowSeconds = 600;

/** Where a hop comes back to. */
export interface FlowDestination {
  readonly returnPath: string;
  /** Begun by itself, in place of an arrival that could not be used: should it fail too, no other follows. */
  readonly isSecond: boolean;
}

/** A new flow value: 128 random bits, 22 characters. */
export function createFlowValue(randomBytes: (size: number) => Buffer): string {
  return randomBytes(16).toString('base64url');
}

/** Whether a cookie value has the form of a flow value. */
export function isFlowValue(value: string): boolean {
  return valuePattern.test(value);
}

/** A `state` for a destination, 34 to about 2,700 characters, each time another. */
export function createState(
  flowValue: string,
  { app, returnPath, isSecond }: FlowDestination & { readonly app: string },
  randomBytes: (size: number) => Buffer,
): string {
  const head = Buffer.concat([Buffer.of(isSecond ? 2 : 1), randomBytes(headBytes - 1)]);
  const destination = Buffer.concat([head, Buffer.from(returnPath)]).toString('base64url');
  return `${stateMac(flowValue, app, destination).toString('base64url')}.${destination}`;
}

/** Whether `state` has the form that {@link createState} gives; the login host passes on nothing else. */
export function isState(state: string): boolean {
  return statePattern.test(state);
}

/** The flow value that a `state` was made under, or null where none of these fits. */
export function flowOfState(
  state: string,
  app: string,
  flowValues: readonly string[],
): string | null {
  if (!isState(state)) return null;
  const [given = '', destination = ''] = state.split('.');
  const mac = readBase64url(given);
  if (mac === null || readBase64url(destination) === null) return null;
  const fits = (value: string): boolean => timingSafeEqual(mac, stateMac(value, app, destination));
  return flowValues.filter(isFlowValue).find(fits) ?? null;
}

/**
 * What a `state` says of itself, or null where it has another form. That it was made for this browser is not checked: anybody
 * can write one, as anybody can write a link to a page.
 */
export function readState(state: string): FlowDestination | null {
  if (!isState(state)) return null;
  const bytes = Buffer.from(state.slice(state.indexOf('.') + 1), 'base64url');
  const isKnown = bytes.length > headBytes && (bytes[0] === 1 || bytes[0] === 2);
  if (!isKnown) return null;
  return { returnPath: bytes.subarray(headBytes).toString(), isSecond: bytes[0] === 2 };
}

function stateMac(flowValue: string, app: string, destination: string): Buffer {
  return createHmac('sha256', flowValue)
    .update(`latchkey handshake state\n${app}\n${destination}`)
    .digest()
    .subarray(0, macBytes);
}
