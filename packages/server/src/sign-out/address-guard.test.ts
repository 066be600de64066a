import { createServer as createTcpServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Receiver, startReceiver, status } from '../../test/receiver.ts';
import { createOutgoingCalls, type OutgoingCallsOptions } from './address-guard.ts';

let receiver: Receiver;
let port: string;
beforeEach(async () => {
  receiver = await startReceiver();
  port = new URL(receiver.origin).port;
});
afterEach(() => receiver.close());

const resolvesTo =
  (...addresses: readonly string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

/** The status, or the code of the reason why there is none. */
async function call(url: string, options: OutgoingCallsOptions = {}, init: RequestInit = {}) {
  const calls = createOutgoingCalls(options);
  try {
    const response = await calls.fetch(url, init);
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    const { cause } = error as Error;
    return (cause as { code?: string } | undefined)?.code ?? String(error);
  } finally {
    await calls.close();
  }
}

describe('an outgoing call', () => {
  test.each([
    'http://127.0.0.1',
    'https://127.0.0.1',
    'http://[::1]',
    'https://[::ffff:127.0.0.1]',
    'https://[::ffff:7f00:1]',
    'https://2130706433',
    'https://0x7f.1',
    'https://0',
    'https://10.0.0.1',
    'https://169.254.169.254',
    'https://[fd00:ec2::254]',
    'http://8.8.8.8',
  ])('to %s is refused', async (origin) => {
    expect(await call(`${origin}:${port}/`)).toBe('address_refused');
    expect(receiver.received).toEqual([]);
  });

  test.each([['127.0.0.1'], ['10.0.0.1'], ['::1'], ['::ffff:127.0.0.1'], ['169.254.169.254']])(
    'to a name that resolves to %s is refused',
    async (address) => {
      const options = { resolve: resolvesTo(address) };
      expect(await call(`https://wiki.example:${port}/`, options)).toBe('address_refused');
      expect(await call(`http://wiki.example:${port}/`, options)).toBe('address_refused');
      expect(receiver.received).toEqual([]);
    },
  );

  test('to localhost by name is refused outside development', async () => {
    const options = { resolve: resolvesTo('127.0.0.1') };
    expect(await call(`http://wiki.localhost:${port}/`, options)).toBe('address_refused');
    expect(await call(`http://localhost:${port}/`, options)).toBe('address_refused');
  });

  test('to a name without an address fails with the resolver\u2019s reason', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' }));
    expect(await call('https://wiki.example/', { resolve })).toBe('ENOTFOUND');
    expect(await call('https://wiki.example/', { resolve: resolvesTo() })).toBe('address_refused');
  });

  test('an address is judged for each connection: a name that changes its mind is refused', async () => {
    const answers = ['127.0.0.2', '10.0.0.1'];
    const resolve = async () => [{ address: answers.shift() ?? '', family: 4 }];
    const calls = createOutgoingCalls({ allowedRanges: ['127.0.0.0/8'], resolve });
    const url = `http://wiki.example:${port}/`;
    const first = await calls.fetch(url).catch((error: unknown) => error);
    const second = await calls.fetch(url).catch((error: unknown) => error);
    await calls.close();
    // Nobody listens on 127.0.0.2, but the call was let through.
    expect(first).toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    expect(second).toMatchObject({ cause: { code: 'address_refused' } });
  });

  test('connects to an address that was judged, not to another of the same name', async () => {
    const options = {
      allowedRanges: ['127.0.0.1/32'],
      resolve: resolvesTo('10.0.0.1', '127.0.0.1', '::1'),
    };
    expect(await call(`http://wiki.example:${port}/`, options)).toBe(200);
  });
});

describe('an allowed range', () => {
  test('may be called by name and by address, also by http', async () => {
    const options = { allowedRanges: ['127.0.0.0/8'], resolve: resolvesTo('127.0.0.1') };
    expect(await call(`http://wiki.internal:${port}/`, options)).toBe(200);
    expect(await call(`http://127.0.0.1:${port}/`, options)).toBe(200);
  });

  test('opens no other', async () => {
    const options = { allowedRanges: ['10.0.0.0/8'], resolve: resolvesTo('127.0.0.1') };
    expect(await call(`http://wiki.internal:${port}/`, options)).toBe('address_refused');
  });
});

describe('in development', () => {
  test('names under .localhost are this machine', async () => {
    const resolve = () => Promise.reject(new Error('nobody asks'));
    const options = { isDevelopment: true, resolve };
    expect(await call(receiver.origin, options)).toBe(200);
    expect(await call(`http://localhost:${port}/`, options)).toBe(200);
  });

  test('nothing else is opened', async () => {
    const options = { isDevelopment: true, resolve: resolvesTo('127.0.0.1') };
    expect(await call(`http://127.0.0.1:${port}/`, options)).toBe('address_refused');
    expect(await call(`http://evil-localhost:${port}/`, options)).toBe('address_refused');
    expect(await call(`http://localhost.example:${port}/`, options)).toBe('address_refused');
  });
});

describe('answers', () => {
  test('redirects are never followed, whatever the caller wants', async () => {
    receiver.answer(status(302, { location: `${receiver.origin}/inside` }));
    const init = { redirect: 'follow' as const };
    expect(await call(receiver.origin, { isDevelopment: true }, init)).toBe(302);
    expect(receiver.received.map(({ path }) => path)).toEqual(['/']);
  });

  test('a dispatcher of the caller does not replace the guard', async () => {
    const { Agent } = await import('undici');
    const dispatcher = new Agent();
    const init = { dispatcher } as unknown as RequestInit;
    expect(await call(`http://127.0.0.1:${port}/`, {}, init)).toBe('address_refused');
    await dispatcher.close();
  });

  test('takes the headers, body and signal of the platform', async () => {
    const calls = createOutgoingCalls({ isDevelopment: true });
    const response = await calls.fetch(new URL(receiver.origin), {
      method: 'POST',
      headers: new Headers({ 'content-type': 'application/x-www-form-urlencoded' }),
      body: new URLSearchParams({ logout_token: 'x' }),
      signal: AbortSignal.timeout(5000),
    });
    expect(await response.text()).toBe('body');
    expect(receiver.received).toMatchObject([{ method: 'POST', logoutToken: 'x' }]);
    await calls.close();
  });

  test('more than a megabyte is cut off', async () => {
    receiver.answer((response) => response.end(Buffer.alloc(3_000_000)));
    const calls = createOutgoingCalls({ isDevelopment: true });
    const response = await calls.fetch(receiver.origin);
    await expect(response.arrayBuffer()).rejects.toThrow();
    await calls.close();
  });

  test('a server that speaks no HTTP is a failed call', async () => {
    const server = createTcpServer((socket) => socket.resume().end('220 smtp.example ESMTP\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const other = typeof address === 'object' && address !== null ? address.port : 0;
    const result = await call(`http://mail.localhost:${other}/`, { isDevelopment: true });
    expect(result).toMatch(/HPE_|UND_ERR|fetch failed/);
    await new Promise((resolve) => server.close(resolve));
  });
});

test('a range that is none is refused at start', () => {
  expect(() => createOutgoingCalls({ allowedRanges: ['internal'] })).toThrow(
    expect.objectContaining({ code: 'option_invalid' }),
  );
});
