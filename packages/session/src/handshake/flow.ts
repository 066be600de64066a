import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The browser's part of a handshake. The app sets a random value in a cookie before the hop; `state` in the URL is an HMAC
 * under that value over app and return path, followed by the path. So a link that was made for another browser fits
 * no cookie here (login CSRF), and the value itself never stands in a URL. Tabs of one browser share the value: none
 * disturbs another.
 */
const valuePattern = /^[A-Za-z0-9_-]{43}$/;
const statePattern = /^[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{1,2800}$/;
const macBytes = 16;

/** Seconds the flow cookie is kept: the time a person may take to sign in. */
export const flowSeconds = 600;

/** A new flow value: 256 random bits. */
export function createFlowValue(randomBytes: (size: number) => Buffer): string {
  return randomBytes(32).toString('base64url');
}

/** Whether a cookie value has the form of a flow value. */
export function isFlowValue(value: string): boolean {
  return valuePattern.test(value);
}

/** The `state` for a return path, 24 to about 2,700 characters. */
export function createState(flowValue: string, app: string, returnPath: string): string {
  const mac = stateMac(flowValue, app, returnPath).toString('base64url');
  return `${mac}.${Buffer.from(returnPath).toString('base64url')}`;
}

/** Whether `state` has the form that {@link createState} gives; the login host passes on nothing else. */
export function isState(state: string): boolean {
  return statePattern.test(state);
}

/** The return path inside `state`, or null when no flow value of this browser made it. */
export function openState(
  state: string,
  app: string,
  flowValues: readonly string[],
): string | null {
  if (!isState(state)) return null;
  // Base64url has spare bits at the end: two texts must not be one state.
  if (![state.slice(0, 22), state.slice(23)].every(isCanonical)) return null;
  const mac = Buffer.from(state.slice(0, 22), 'base64url');
  const returnPath = Buffer.from(state.slice(23), 'base64url').toString();
  const fits = flowValues
    .filter(isFlowValue)
    .some((value) => timingSafeEqual(mac, stateMac(value, app, returnPath)));
  return fits ? returnPath : null;
}

function isCanonical(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text;
}

function stateMac(flowValue: string, app: string, returnPath: string): Buffer {
  return createHmac('sha256', flowValue)
    .update(`latchkey handshake state\n${app}\n${returnPath}`)
    .digest()
    .subarray(0, macBytes);
}
