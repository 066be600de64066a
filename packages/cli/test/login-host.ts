import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Workplace } from './command.ts';

/** A login host run by `latchkey serve`. */
export interface ServedLoginHost {
  /** Everything it has logged so far. */
  readonly lines: readonly string[];
  /** Signs in, `forwardedFor` being what a proxy would say; gives the status and the cookies as a `Cookie` header. */
  signIn(
    email: string,
    password: string,
    forwardedFor?: string,
  ): Promise<{ status: number; cookie: string }>;
  /** The button of the home page, in the browser with these cookies; gives the status. */
  signOut(cookie: string): Promise<number>;
  /** Whether the home page knows somebody by these cookies. */
  knows(cookie: string): Promise<boolean>;
  ask(path: string): Promise<number>;
  /** A page, as the browser with these cookies gets it. */
  read(path: string, cookie: string): Promise<string>;
  /** The wiki of the config takes part in the sign-in of these cookies; rejects where it is given no code. */
  enterWiki(cookie: string): Promise<void>;
  /** Sends the signal and gives the exit code. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

interface Answer {
  readonly status: number;
  /** `''` where it leads nowhere. */
  readonly location: string;
  readonly cookies: readonly string[];
  readonly body: string;
}

interface Sent {
  readonly body?: string;
  readonly cookie?: string;
  readonly forwardedFor?: string | undefined;
}

const wikiQuery = new URLSearchParams({
  client_id: 'wiki',
  response_type: 'code',
  scope: 'openid',
  nonce: 'n',
  state: 's',
  redirect_uri: 'https://wiki.example/_latchkey/callback',
  code_challenge_method: 'S256',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
});
const wikiRequest = `/oidc/authorize?${wikiQuery}`;

/** Starts it, on the port of the config or another, and waits until it listens. */
export async function serveLoginHost(
  place: Workplace,
  more: readonly string[] = [],
  port: number = place.port,
): Promise<ServedLoginHost> {
  const child = place.start(['serve', '--port', String(port), ...more]);
  const lines: string[] = [];
  await listening(child, lines);
  const at = { host: `login.kittens.localhost:${place.port}`, port };
  return {
    lines,
    async signIn(email, password, forwardedFor) {
      const body = new URLSearchParams({ email, password, return_to: '' }).toString();
      const { status, cookies } = await send(at, '/sign-in', {
        body,
        forwardedFor,
      });
      return { status, cookie: cookies.map((line) => line.split(';')[0]).join('; ') };
    },
    signOut: async (cookie) => (await send(at, '/sign-out', { body: '', cookie })).status,
    knows: async (cookie) => (await send(at, '/', { cookie })).body.includes('Sign out'),
    ask: async (path) => (await send(at, path, {})).status,
    read: async (path, cookie) => (await send(at, path, { cookie })).body,
    async enterWiki(cookie) {
      const { status, location } = await send(at, wikiRequest, { cookie });
      if (!location.includes('code=')) throw new Error(`The wiki got ${status} and no code.`);
    },
    async stop(signal) {
      const gone = once(child, 'close');
      // No process can pass SIGKILL on, so the whole group gets it.
      if (signal === 'SIGKILL' && child.pid !== undefined) process.kill(-child.pid, signal);
      else child.kill(signal);
      await gone;
      return child.exitCode;
    },
  };
}

async function listening(child: ChildProcess, lines: string[]): Promise<void> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('The child has no pipes.');
  const complaints = text(stderr);
  const output = createInterface({ input: stdout });
  await new Promise<void>((done, fail) => {
    output.on('line', (line) => {
      lines.push(line);
      if (line.includes('login-host.listening')) done();
    });
    child.once('exit', () => {
      void complaints.then((words) => fail(new Error(`It ended: ${words}`)));
    });
  });
}

/** `host`: as browsers name it; `port`: where it is listened to here. */
function send(
  { host, port }: { readonly host: string; readonly port: number },
  path: string,
  { body, cookie, forwardedFor }: Sent,
): Promise<Answer> {
  const headers = {
    host,
    origin: `http://${host}`,
    ...(cookie === undefined ? {} : { cookie }),
    ...(forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }),
    ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
  };
  const method = body === undefined ? 'GET' : 'POST';
  return new Promise((done, fail) => {
    const call = request({ host: '127.0.0.1', port, path, method, headers }, async (response) => {
      const { location = '', 'set-cookie': cookies = [] } = response.headers;
      const status = response.statusCode ?? 0;
      done({ status, location, cookies, body: await text(response) });
    });
    call.on('error', fail);
    call.end(body);
  });
}
