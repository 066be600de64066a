import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  request,
} from 'node:http';

/** What a proxy does that it should not. */
export interface Tampering {
  /** Headers that it puts in place of those on the way to the app; undefined takes one away. */
  readonly request?: Readonly<Record<string, string | undefined>>;
  /** Changes each `Set-Cookie` line on the way back; null takes it away. */
  readonly cookie?: (line: string) => string | null;
  /** Headers that it puts in place of those on the way back. */
  readonly response?: (headers: IncomingHttpHeaders) => OutgoingHttpHeaders;
  /** Answers by itself with a redirect there. */
  readonly redirect?: (path: string) => string | null;
  /** Leads to another process. */
  readonly port?: number;
}

/** A proxy on a port, in front of a process of this machine. */
export interface TamperingProxy {
  /** What it does from now on. */
  tamper: Tampering;
  close(): Promise<void>;
}

/** Listens on `port` and hands on to `upstream`, with nothing changed until told to. */
export async function startProxy(port: number, upstream: number): Promise<TamperingProxy> {
  const server = createServer((incoming, outgoing) => {
    const { tamper } = proxy;
    const location = tamper.redirect?.(incoming.url ?? '/') ?? null;
    if (location !== null) {
      outgoing.writeHead(301, { location }).end();
      return;
    }
    const merged = Object.entries({ ...incoming.headers, ...tamper.request });
    const headers = Object.fromEntries(merged.filter(([, value]) => value !== undefined));
    const { method, url } = incoming;
    const target = { host: '127.0.0.1', port: tamper.port ?? upstream };
    const call = request({ ...target, method, path: url, headers, setHost: false });
    call.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, changed(tamper, answer.headers));
      answer.pipe(outgoing);
    });
    call.on('error', () => outgoing.writeHead(502).end());
    incoming.pipe(call);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const proxy: TamperingProxy = {
    tamper: {},
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}

function changed(tamper: Tampering, given: IncomingHttpHeaders): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { ...given };
  const lines = given['set-cookie'];
  if (lines !== undefined && tamper.cookie !== undefined) {
    const { cookie } = tamper;
    headers['set-cookie'] = lines.map(cookie).filter((line) => line !== null);
  }
  return { ...headers, ...tamper.response?.(given) };
}
