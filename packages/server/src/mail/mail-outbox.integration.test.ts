import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LatchkeyEvent } from '@latchkey/session';
import type { SMTPServerOptions } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openTestLoginHost, type TestLoginHost } from '../../test/login-host.ts';
import { composeBare, mailKeys, queueMail } from '../../test/mails.ts';
import { smtpError, startSmtp, type TestSmtp } from '../../test/smtp.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { createMailOutbox, type MailOutboxDeps } from './mail-outbox.ts';
import { createSmtpTransport } from './smtp-transport.ts';

/** For a busy machine; the wait ends as soon as it is so. */
const patience = { timeout: 20_000 };
const day = 86_400_000;

let host: TestLoginHost;
let events: LatchkeyEvent[];
const outboxes: Outbox[] = [];
const servers: TestSmtp[] = [];
beforeEach(async () => {
  host = await openTestLoginHost();
  events = [];
});
afterEach(async () => {
  await Promise.all(outboxes.splice(0).map((outbox) => outbox.stop()));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  await host.close();
});

async function smtp(options: SMTPServerOptions = {}, port = 0): Promise<TestSmtp> {
  const server = await startSmtp(options, port);
  servers.push(server);
  return server;
}

function sender(port: number, change: Partial<MailOutboxDeps> = {}): Outbox {
  const server = { host: '127.0.0.1', port, tls: 'off', login: null } as const;
  const outbox = createMailOutbox({
    db: host.db,
    keys: mailKeys,
    transport: createSmtpTransport({ server, name: 'login.example', timeoutMilliseconds: 5000 }),
    compose: composeBare,
    timeoutMilliseconds: 5000,
    now: host.clock.now,
    random: () => 0.5,
    onEvent: (event) => events.push(event),
    ...change,
  });
  outboxes.push(outbox);
  return outbox;
}

const queue = (name = 'ada') => queueMail({ db: host.db, now: host.clock.now }, name);
const rows = () => host.db.selectFrom('mails').selectAll().orderBy('recipient').execute();
const recipients = (server: TestSmtp) => server.taken.flatMap(({ to }) => to).sort();

describe('the outbox of mails', () => {
  test('sends each mail once and forgets what was in it', async () => {
    const server = await smtp();
    await queue('ada');
    await queue('ben');
    const outbox = sender(server.port);
    expect(await outbox.runOnce()).toBe(2);
    expect(await outbox.runOnce()).toBe(0);
    expect(recipients(server)).toEqual(['ada@kittens.example', 'ben@kittens.example']);
    const delivered = {
      state: 'delivered',
      payload: null,
      last_result: 'delivered',
      leased_until: 0,
    };
    expect(await rows()).toMatchObject([delivered, delivered]);
    expect(events).toEqual([{ type: 'mail.delivered' }, { type: 'mail.delivered' }]);
  });

  test('loses nothing to a server that is down, and waits twice as long each time', async () => {
    const server = await smtp();
    await server.stop();
    await queue();
    const outbox = sender(server.port);
    for (const wait of [1000, 2000, 4000]) {
      expect(await outbox.runOnce()).toBe(1);
      host.clock.advance(wait - 1);
      expect(await outbox.runOnce()).toBe(0);
      host.clock.advance(1);
    }
    const again = await smtp({}, server.port);
    expect(await outbox.runOnce()).toBe(1);
    expect(recipients(again)).toEqual(['ada@kittens.example']);
    expect(events.map(({ type }) => type)).toEqual([
      ...['mail.retry', 'mail.retry', 'mail.retry'],
      'mail.delivered',
    ]);
    expect(events[0]).toEqual({ type: 'mail.retry', reason: 'unreachable' });
  });

  test('goes on after a restart with what an earlier process had planned', async () => {
    const server = await smtp({ onRcptTo: (_to, _session, callback) => callback(smtpError(451)) });
    await queue();
    await sender(server.port).runOnce();
    host = await host.restart();
    const again = await smtp();
    expect(await sender(again.port).runOnce()).toBe(0);
    host.clock.advance(1000);
    expect(await sender(again.port).runOnce()).toBe(1);
    expect(recipients(again)).toEqual(['ada@kittens.example']);
  });

  test('gives up what is refused for good, with an event, and forgets what was in it', async () => {
    const server = await smtp({ onRcptTo: (_to, _session, callback) => callback(smtpError(550)) });
    await queue();
    await sender(server.port).runOnce();
    host.clock.advance(day);
    expect(await sender(server.port).runOnce()).toBe(0);
    expect(await rows()).toMatchObject([
      { state: 'dead', last_result: 'refused-550', payload: null, attempts: 1 },
    ]);
    expect(events).toEqual([{ type: 'mail.dead', reason: 'refused-550' }]);
  });

  test('gives up after a day and twenty tries, not after a day in which nobody tried', async () => {
    const server = await smtp();
    await server.stop();
    await queue();
    host.clock.advance(2 * day);
    const outbox = sender(server.port);
    for (let attempt = 1; attempt < 20; attempt += 1) {
      expect(await outbox.runOnce()).toBe(1);
      host.clock.advance(600_000);
    }
    expect(await rows()).toMatchObject([{ state: 'waiting', attempts: 19 }]);
    await outbox.runOnce();
    expect(events.at(-1)).toEqual({ type: 'mail.dead', reason: 'given-up-unreachable' });
  });

  test('gives up what no secret opens any more', async () => {
    const server = await smtp();
    await queue();
    await sender(server.port, { keys: [Buffer.alloc(32, 9)] }).runOnce();
    expect(server.taken).toEqual([]);
    expect(events).toEqual([{ type: 'mail.dead', reason: 'unreadable' }]);
  });

  test('sends at once what it is woken for', async () => {
    const server = await smtp();
    const outbox = sender(server.port, { pollMilliseconds: 3_600_000 });
    outbox.start();
    await queue();
    outbox.wake();
    await vi.waitFor(() => expect(server.taken).toHaveLength(1), patience);
  });

  test('of one login host leaves alone what another one is sending', async () => {
    const released = Promise.withResolvers<void>();
    const connected = Promise.withResolvers<void>();
    const server = await smtp({
      onConnect(_session, callback) {
        connected.resolve();
        void released.promise.then(() => callback());
      },
    });
    await queue();
    const first = sender(server.port).runOnce();
    await connected.promise;
    expect(await sender(server.port).runOnce()).toBe(0);
    released.resolve();
    expect(await first).toBe(1);
    expect(server.taken).toHaveLength(1);
  });

  test('told to stop gives its claim back, and the next one sends immediately', async () => {
    const connected = Promise.withResolvers<void>();
    const hanging = await smtp({ onConnect: () => connected.resolve() });
    await queue();
    const outbox = sender(hanging.port);
    outbox.start();
    await connected.promise;
    await outbox.stop();
    expect(await rows()).toMatchObject([{ leased_until: 0, last_result: 'stopped' }]);
    const server = await smtp();
    expect(await sender(server.port).runOnce()).toBe(1);
    expect(server.taken).toHaveLength(1);
  });

  test('killed in the middle of a mail loses none: the next one sends it, under the same Message-ID', async () => {
    const reading = Promise.withResolvers<void>();
    const hanging = await smtp({ onData: () => reading.resolve() });
    await queueMail({ db: host.db, now: Date.now }, 'ada');
    const script = fileURLToPath(new URL('../../test/mail-sender.ts', import.meta.url));
    const database = host.databaseUrl;
    const child = spawn(
      process.execPath,
      ['--conditions=latchkey-source', script, database, String(hanging.port)],
      { stdio: 'ignore' },
    );
    await reading.promise;
    child.kill('SIGKILL');
    await once(child, 'exit');
    const [row] = await rows();
    expect(row?.leased_until).toBeGreaterThan(Date.now());
    const server = await smtp();
    expect(await sender(server.port, { now: Date.now }).runOnce()).toBe(1);
    expect(recipients(server)).toEqual(['ada@kittens.example']);
    expect(server.taken[0]?.raw).toContain(`Message-ID: <${row?.id}@login.example>`);
  });
});
