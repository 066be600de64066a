import { randomBytes } from 'node:crypto';
import { realmsOf, seal } from '@latchkey/session/parts';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestLoginHost, type TestLoginHost } from '../../test/login-host.ts';
import { realms } from '../../test/realm.ts';
import { createSealKeys, deriveSecretKey } from '../family-keys.ts';
import type { StoredSignIn } from '../sign-in/stored-sign-in.ts';
import { createTickets, type Tickets, ticketMilliseconds } from './tickets.ts';

const secret = 'a secret of the family, long enough to be one';

let host: TestLoginHost;
let signIn: StoredSignIn;
let tickets: Tickets;

beforeEach(async () => {
  host = await openTestLoginHost();
  signIn = await host.signedIn('ben');
  tickets = make(host, [secret]);
});
afterEach(() => host.close());

function make({ db, clock }: TestLoginHost, secrets: readonly string[], realm = realms): Tickets {
  return createTickets({ db, family: { secrets, realm }, now: clock.now, randomBytes });
}

async function issued(): Promise<string> {
  await host.endings.endSignIn({ signInId: signIn.id, cause: 'sign-out' });
  const ticket = await tickets.issue(signIn.id);
  if (ticket === null) throw new Error('There is no ticket.');
  return ticket;
}

describe('a ticket', () => {
  test('names account, sign-in and the moment of its ending, once', async () => {
    const moment = host.clock.now();
    const ticket = await issued();
    expect(ticket).toMatch(/^[\w-]{100,512}$/);
    host.clock.advance(1_000);
    const { accountId, id: signInId } = signIn;
    expect(await tickets.take(ticket)).toEqual({ accountId, signInId, moment });
    expect(await tickets.take(ticket)).toBeNull();
  });

  test('shown twenty times at once is taken once', async () => {
    const ticket = await issued();
    const taken = await Promise.all(Array.from({ length: 20 }, () => tickets.take(ticket)));
    expect(taken.filter((one) => one !== null)).toHaveLength(1);
  });

  test.each([
    [ticketMilliseconds - 1, true],
    [ticketMilliseconds, false],
    [-5_000, true],
    [-5_001, false],
  ])('%i milliseconds after the ending is good: %s', async (ageMilliseconds, isGood) => {
    const ticket = await issued();
    host.clock.advance(ageMilliseconds);
    expect((await tickets.take(ticket)) !== null).toBe(isGood);
  });

  test('is there for a sign-in that ended just now, and for no other', async () => {
    expect(await tickets.issue(signIn.id)).toBeNull();
    expect(await tickets.issue('unknown')).toBeNull();
    await issued();
    expect(await tickets.issue(signIn.id)).not.toBeNull();
    host.clock.advance(ticketMilliseconds);
    expect(await tickets.issue(signIn.id)).toBeNull();
  });

  test('of before a restart and under an older secret is good, one of another family is not, whatever its secret', async () => {
    const ticket = await issued();
    expect(await make(host, ['another family, another secret of it']).take(ticket)).toBeNull();
    const staging = realmsOf('https://login.staging.example', []);
    expect(await make(host, [secret], staging).take(ticket)).toBeNull();
    const newer = make(host, ['the secret of the family from now on', secret]);
    expect(await newer.take(ticket)).not.toBeNull();
  });

  test('that was taken stays so through a sweep', async () => {
    const ticket = await issued();
    await tickets.take(ticket);
    await host.reconciler.reconcileOnce();
    expect(await tickets.take(ticket)).toBeNull();
  });
});

test('whatever is no ticket is none, and nothing throws', async () => {
  const ticket = await issued();
  const other = seal(
    { keys: [deriveSecretKey(secret, 'provider sid')], purpose: 'x' },
    'a\nb\nc\n1',
    randomBytes,
  );
  const keys = createSealKeys({ secrets: [secret], realm: realms }, 'sign-out ticket');
  const strange = seal({ keys, purpose: 'latchkey sign-out ticket' }, 'one line', randomBytes);
  const changed = fc
    .nat({ max: ticket.length - 2 })
    .map((at) => `${ticket.slice(0, at)}${ticket[at] === 'A' ? 'B' : 'A'}${ticket.slice(at + 1)}`);
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(other, strange, ''), changed),
      async (text) => {
        expect(await tickets.take(text)).toBeNull();
      },
    ),
    { numRuns: 300 },
  );
  expect(await tickets.take(ticket)).not.toBeNull();
});
