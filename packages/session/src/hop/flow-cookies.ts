import { readCookiesUnder } from '../cookie/read.ts';
import { type CookieScope, hostCookie, setCookieLine } from '../cookie/serialize.ts';
import {
  createFlowValue,
  createState,
  type FlowDestination,
  flowOfState,
  flowSeconds,
  isFlowValue,
  readState,
} from '../handshake/flow.ts';

/** Bytes that the flow cookies of an app have in a request at most: servers take some 8,000 of all headers. */
const maxBytes = 4_000;
const maxNames = 64;

/** The browser's part of hops that begin at an app; see `packages/session/src/handshake/flow.ts`. */
export interface FlowCookies {
  /** `state` for a hop that comes back to this path, and the `Set-Cookie` line that lets this browser come back. */
  begin(cookieHeader: string | undefined, destination: FlowDestination): FlowBeginning;
  /** What a `state` was begun with, or null when it was made for another browser. */
  find(cookieHeader: string | undefined, state: string): FoundFlow | null;
}

/** How a hop begins. */
export interface FlowBeginning {
  readonly state: string;
  /** Known to this browser and this app alone: 128 bits, base64url. Several hops of one browser may share it. */
  readonly secret: string;
  readonly cookieLine: string;
}

/** A hop that this browser began. */
export interface FoundFlow extends FlowDestination {
  readonly secret: string;
}

/** Flow cookies of the app with this session cookie. */
export function createFlowCookies(
  cookie: CookieScope,
  app: string,
  randomBytes: (size: number) => Buffer,
): FlowCookies {
  /** Its name is what the names of all flow cookies begin with. */
  const scope = hostCookie(cookie, `latchkey_flow_${app}_`);
  const names = namesWithin(scope.name);
  const flows = (header = ''): readonly (readonly [name: string, value: string])[] =>
    readCookiesUnder(header, scope.name, maxNames).filter(
      ([name, value]) => names.includes(name) && isFlowValue(value),
    );
  /**
   * The flow that this browser has already, or a new one. Tabs that start at once know nothing of each other: under one name
   * the last answer would take the flow of all others away, under a name for each they would fill the headers. Where two
   * meet under one name, the first arrives with a state that no cookie fits, and goes round once more.
   */
  const begin = (header: string | undefined): readonly [value: string, line: string] => {
    const [name, value] = flows(header)[0] ?? [
      names[randomBytes(2).readUInt16BE() % names.length] ?? '0',
      createFlowValue(randomBytes),
    ];
    return [value, setCookieLine({ ...scope, name: `${scope.name}${name}` }, value, flowSeconds)];
  };
  return {
    begin(cookieHeader, destination) {
      const [secret, cookieLine] = begin(cookieHeader);
      return {
        state: createState(secret, { ...destination, app }, randomBytes),
        secret,
        cookieLine,
      };
    },
    find(cookieHeader, state) {
      const secret = flowOfState(
        state,
        app,
        flows(cookieHeader).map(([, value]) => value),
      );
      const destination = secret === null ? null : readState(state);
      return secret === null || destination === null ? null : { ...destination, secret };
    },
  };
}

/** As many short endings of a name as fit into {@link maxBytes}. */
function namesWithin(start: string): readonly string[] {
  const bytes =
    start.length + '00=; '.length + createFlowValue((size) => Buffer.alloc(size)).length;
  const count = Math.max(1, Math.min(maxNames, Math.floor(maxBytes / bytes)));
  return Array.from({ length: count }, (_, index) => index.toString(36));
}
