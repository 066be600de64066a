import { readCookiesUnder } from '../cookie/read.ts';
import { type CookieScope, setCookieLine } from '../cookie/serialize.ts';
import {
  createFlowValue,
  createState,
  flowSeconds,
  isFlowValue,
  openState,
} from '../handshake/flow.ts';

/** Flow cookies that are looked at: as many tabs as a browser may open at once when it is started. */
const maxFlows = 64;
const flowTagPattern = /^[A-Za-z0-9_-]{8}$/;

/** The browser's part of hops that begin at an app; see `handshake/flow.ts`. */
export interface FlowCookies {
  /** `state` for a hop that comes back to this path, and the `Set-Cookie` line that lets this browser come back. */
  begin(cookieHeader: string | undefined, returnPath: string): FlowBeginning;
  /** The path that a `state` comes back to, or null when it was made for another browser. */
  returnPathOf(cookieHeader: string | undefined, state: string): string | null;
}

/** How a hop begins. */
export interface FlowBeginning {
  readonly state: string;
  readonly cookieLine: string;
}

/** Flow cookies of the app with this session cookie. */
export function createFlowCookies(
  cookie: CookieScope,
  app: string,
  randomBytes: (size: number) => Buffer,
): FlowCookies {
  /** Its name is what the names of all flow cookies begin with. */
  const scope: CookieScope = {
    name: `${cookie.secure ? '__Host-' : ''}latchkey_flow_${app}_`,
    domain: null,
    secure: cookie.secure,
    sameSite: 'lax',
  };
  const flows = (header = ''): readonly (readonly [tag: string, value: string])[] =>
    readCookiesUnder(header, scope.name, maxFlows);
  /**
   * The flow that this browser has already, or a new one. Tabs that start at once know nothing of each other: under one
   * name the last answer would take the flow of the others away, so each new flow has a name of its own.
   */
  const flowOf = (header: string | undefined): readonly [tag: string, value: string] =>
    flows(header).find(([tag, value]) => flowTagPattern.test(tag) && isFlowValue(value)) ?? [
      randomBytes(6).toString('base64url'),
      createFlowValue(randomBytes),
    ];
  return {
    begin(cookieHeader, returnPath) {
      const [tag, value] = flowOf(cookieHeader);
      const cookieLine = setCookieLine(
        { ...scope, name: `${scope.name}${tag}` },
        value,
        flowSeconds,
      );
      return { state: createState(value, app, returnPath), cookieLine };
    },
    returnPathOf: (cookieHeader, state) =>
      openState(
        state,
        app,
        flows(cookieHeader).map(([, value]) => value),
      ),
  };
}
