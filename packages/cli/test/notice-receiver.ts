import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A relying party's back-channel endpoint, called by a login host in a process of its own. */
export interface NoticeReceiver {
  readonly port: number;
  /** The logout tokens that came, in order. */
  readonly tokens: readonly string[];
  /** The `sid` of each. */
  sids(): readonly unknown[];
  /** The next notice gets no answer; the later ones get 200 again. */
  hangOnce(): void;
  close(): Promise<void>;
}

export async function startNoticeReceiver(): Promise<NoticeReceiver> {
  const tokens: string[] = [];
  let hangs = false;
  const server = createServer(async (request, response) => {
    tokens.push(new URLSearchParams(await text(request)).get('logout_token') ?? '');
    if (!hangs) response.end();
    hangs = false;
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    tokens,
    sids: () => tokens.map(sidOf),
    hangOnce() {
      hangs = true;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function sidOf(token: string): unknown {
  const [, payload = ''] = token.split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()).sid;
}
