import { createServer, type Server, type Socket } from 'node:net';
import { freePort } from '@latchkey/testkit';
import type { SMTPServerOptions } from 'smtp-server';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeCertificate, smtpError, startSmtp, type TestSmtp } from '../../test/smtp.ts';
import { createSmtpTransport, type SmtpTransportOptions } from './smtp-transport.ts';
import type { OutgoingMail, SendResult } from './transport.ts';

const mail: OutgoingMail = {
  messageId: 'one@login.kittens.example',
  from: { name: 'Kittens', address: 'login@kittens.example' },
  to: 'ada@kittens.example',
  language: 'en',
  subject: 'Grüße',
  text: 'text part',
  html: '<p>html part</p>',
};

const servers: TestSmtp[] = [];
const rawServers: Server[] = [];
let certificate: { readonly key: string; readonly cert: string };
beforeAll(() => {
  certificate = makeCertificate();
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  for (const server of rawServers.splice(0)) server.close();
});

async function smtp(options: SMTPServerOptions = {}): Promise<TestSmtp> {
  const server = await startSmtp(options);
  servers.push(server);
  return server;
}

interface Sending {
  readonly port: number;
  readonly host?: string;
  readonly tls?: 'implicit' | 'required' | 'off';
  readonly login?: { readonly user: string; readonly password: string };
  readonly timeoutMilliseconds?: number;
  readonly ca?: string;
  readonly change?: Partial<OutgoingMail>;
}

function send(to: Sending, stop = new AbortController().signal): Promise<SendResult> {
  const { port, host = '127.0.0.1', tls = 'off', login = null, timeoutMilliseconds = 5000 } = to;
  const options: SmtpTransportOptions = {
    server: { host, port, tls, login },
    name: 'login.kittens.example',
    timeoutMilliseconds,
    ...(to.ca === undefined ? {} : { ca: to.ca }),
  };
  return createSmtpTransport(options).send({ ...mail, ...to.change }, stop);
}

const retry = (reason: string) => ({ kind: 'retry', reason });
const refuse =
  (status: number) =>
  (...args: readonly unknown[]): void =>
    (args.at(-1) as (error: Error) => void)(smtpError(status));

/** Answers each connection as it likes. */
async function rawServer(answer: (socket: Socket) => void): Promise<number> {
  const port = await freePort();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    answer(socket);
  });
  rawServers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return port;
}

describe('a mail handed to an SMTP server', () => {
  test('has one sender, one recipient, both parts, and says that no person wrote it', async () => {
    const { port, taken } = await smtp();
    expect(await send({ port })).toEqual({ kind: 'delivered' });
    expect(taken).toMatchObject([
      { from: 'login@kittens.example', to: ['ada@kittens.example'], isEncrypted: false },
    ]);
    const raw = taken[0]?.raw ?? '';
    for (const line of [
      'From: Kittens <login@kittens.example>',
      'To: ada@kittens.example',
      'Message-ID: <one@login.kittens.example>',
      'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=',
      'Auto-Submitted: auto-generated',
      'Content-Language: en',
    ])
      expect(raw).toContain(`${line}\r\n`);
    expect(raw).toContain('text part');
    expect(raw).toContain('<p>html part</p>');
  });

  test.each(['subject', 'messageId'] as const)(
    'gets no header from a line break in its %s',
    async (field) => {
      const { port, taken } = await smtp();
      await send({ port, change: { [field]: 'x\r\nBcc: eve@evil.example\r\n\r\nbody' } });
      expect(taken[0]?.to).toEqual(['ada@kittens.example']);
      expect(taken[0]?.raw).not.toMatch(/^Bcc:/m);
    },
  );

  test('goes by STARTTLS with a password where the certificate holds', async () => {
    const onAuth: SMTPServerOptions['onAuth'] = ({ username, password }, _session, callback) =>
      password === 'p:w' ? callback(null, { user: username ?? '' }) : callback(smtpError(535));
    const { port, taken } = await smtp({ ...certificate, authOptional: false, onAuth });
    const server = { port, host: 'localhost', tls: 'required', ca: certificate.cert } as const;
    expect(await send({ ...server, login: { user: 'kit', password: 'wrong' } })).toEqual(
      retry('login-refused'),
    );
    expect(await send({ ...server, login: { user: 'kit', password: 'p:w' } })).toEqual({
      kind: 'delivered',
    });
    expect(taken).toMatchObject([{ isEncrypted: true, user: 'kit' }]);
  });

  test('goes encrypted from the first byte', async () => {
    const { port, taken } = await smtp({ ...certificate, secure: true });
    const server = { port, host: 'localhost', tls: 'implicit', ca: certificate.cert } as const;
    expect(await send(server)).toEqual({ kind: 'delivered' });
    expect(taken).toMatchObject([{ isEncrypted: true }]);
  });

  test('does not go where the certificate is nobody’s we trust, or another host’s', async () => {
    const { port, taken } = await smtp({ ...certificate, secure: true });
    expect(await send({ port, host: 'localhost', tls: 'implicit' })).toEqual(retry('tls'));
    expect(await send({ port, tls: 'implicit', ca: certificate.cert })).toEqual(retry('tls'));
    const starting = await smtp(certificate);
    expect(await send({ port: starting.port, host: 'localhost', tls: 'required' })).toEqual(
      retry('tls'),
    );
    expect([...taken, ...starting.taken]).toEqual([]);
  });

  test('does not go in clear to a server that offers no encryption, as somebody in between may make it seem', async () => {
    const { port, taken } = await smtp();
    expect(await send({ port, tls: 'required' })).toEqual(retry('tls'));
    expect(taken).toEqual([]);
  });
});

describe('a server that does not take a mail', () => {
  test.each([
    ['greylists', { onRcptTo: refuse(451) }, retry('status-451')],
    ['knows nobody there', { onRcptTo: refuse(550) }, { kind: 'refused', reason: 'refused-550' }],
    ['refuses our address', { onMailFrom: refuse(550) }, retry('status-550')],
    ['is busy', { onConnect: refuse(421) }, retry('status-421')],
  ])('%s', async (_what, options, result) => {
    const { port } = await smtp(options as SMTPServerOptions);
    expect(await send({ port })).toEqual(result);
  });

  test('after it has read it, for now or for good', async () => {
    const reading = (status: number): SMTPServerOptions => ({
      onData(stream, _session, callback) {
        stream.resume().on('end', () => callback(smtpError(status)));
      },
    });
    expect(await send(await smtp(reading(452)))).toEqual(retry('status-452'));
    expect(await send(await smtp(reading(554)))).toEqual({
      kind: 'refused',
      reason: 'refused-554',
    });
  });

  test('because it is not there', async () => {
    expect(await send({ port: await freePort() })).toEqual(retry('unreachable'));
  });

  test('because it hangs up', async () => {
    expect(await send({ port: await rawServer((socket) => socket.destroy()) })).toEqual(
      retry('unreachable'),
    );
  });

  test('because it says nothing, or one letter now and then, is given the time for a try and no more', async () => {
    const timeoutMilliseconds = 200;
    const silent = await rawServer(() => undefined);
    expect(await send({ port: silent, timeoutMilliseconds })).toEqual(retry('timeout'));
    const drip = await rawServer((socket) => {
      const timer = setInterval(() => socket.write('2'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    expect(await send({ port: drip, timeoutMilliseconds })).toEqual(retry('timeout'));
  });

  test('because it speaks another language, or too much', async () => {
    const other = await rawServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect((await send({ port: other })).kind).toBe('retry');
    const flood = await rawServer((socket) => socket.write('2'.repeat(1_000_000)));
    expect((await send({ port: flood, timeoutMilliseconds: 2000 })).kind).toBe('retry');
  });

  test('is left when the login host stops', async () => {
    const stopping = new AbortController();
    const port = await rawServer(() => stopping.abort());
    expect(await send({ port }, stopping.signal)).toEqual(retry('stopped'));
  });
});
