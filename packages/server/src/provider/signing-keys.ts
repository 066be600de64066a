import { generateKeyPair, type JsonWebKey } from 'node:crypto';
import { promisify } from 'node:util';
import type { Platform } from '@latchkey/session';
import { seal, unseal } from '@latchkey/session/parts';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { SigningKeyTable } from '../database/tables/provider.ts';

/** What {@link loadSigningKeys} needs. */
export interface SigningKeysOptions {
  readonly db: Kysely<Database>;
  /** 32-byte keys, newest first: all are tried for opening, the first seals. */
  readonly sealing: readonly Buffer[];
  readonly platform: Pick<Platform, 'now' | 'randomBytes' | 'onEvent'>;
}

/** A private JWK with the members that a key set needs. */
export interface SigningJwk extends JsonWebKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly use: 'sig';
}

export type SigningAlgorithm = 'RS256' | 'ES256';

const algorithms: readonly SigningAlgorithm[] = ['RS256', 'ES256'];

/**
 * The provider's key set: at least one RS256 (2048 bits) and one ES256 key, made at the first start and kept sealed in the
 * database. What opens only under an older secret is sealed again under the newest. What opens under none is left alone
 * and a new key made: relying parties fetch the new key set by themselves.
 */
export async function loadSigningKeys(
  options: SigningKeysOptions,
): Promise<readonly [SigningJwk, ...SigningJwk[]]> {
  const stored = await readRows(options.db);
  let keys = await openKeys(options, stored);
  const missing = algorithms.filter((alg) => !keys.some((key) => key.alg === alg));
  if (missing.length > 0) {
    for (const alg of missing) {
      // Counted, not random: login hosts that start at once name the same key, and one of them stores it.
      const number = stored.filter((row) => row.alg === alg).length + 1;
      await createKey(options, alg, `${alg.toLowerCase()}-${number}`);
    }
    keys = await openKeys(options, await readRows(options.db));
  }
  const [first, ...others] = keys;
  if (first === undefined)
    throw new Error('The signing keys that were just made cannot be opened.');
  return [first, ...others];
}

function readRows(db: Kysely<Database>): Promise<SigningKeyTable[]> {
  return db
    .selectFrom('signing_keys')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('kid', 'desc')
    .execute();
}

async function openKeys(
  options: SigningKeysOptions,
  rows: readonly SigningKeyTable[],
): Promise<SigningJwk[]> {
  const keys = await Promise.all(rows.map((row) => openKey(options, row)));
  return keys.filter((key) => key !== null);
}

async function openKey(
  options: SigningKeysOptions,
  row: SigningKeyTable,
): Promise<SigningJwk | null> {
  for (const [age, key] of options.sealing.entries()) {
    const opened = unseal({ keys: [key], purpose: purposeOf(row.kid) }, row.sealed_jwk);
    if (opened.kind === 'refused') continue;
    const text = opened.plain.toString();
    if (age > 0) await sealAnew(options, row.kid, text);
    return JSON.parse(text) as SigningJwk;
  }
  options.platform.onEvent({ type: 'provider.signing-key-unreadable', reason: 'secret-changed' });
  return null;
}

async function sealAnew(options: SigningKeysOptions, kid: string, text: string): Promise<void> {
  await options.db
    .updateTable('signing_keys')
    .set({ sealed_jwk: sealNewest(options, kid, text) })
    .where('kid', '=', kid)
    .execute();
}

async function createKey(
  options: SigningKeysOptions,
  alg: SigningAlgorithm,
  kid: string,
): Promise<void> {
  const jwk: SigningJwk = { ...(await generateJwk(alg)), kid, alg, use: 'sig' };
  await options.db
    .insertInto('signing_keys')
    .values({
      kid,
      alg,
      sealed_jwk: sealNewest(options, kid, JSON.stringify(jwk)),
      created_at: options.platform.now(),
    })
    .onConflict((conflict) => conflict.column('kid').doNothing())
    .execute();
}

function sealNewest(options: SigningKeysOptions, kid: string, text: string): string {
  const envelope = { keys: options.sealing, purpose: purposeOf(kid) };
  return seal(envelope, text, options.platform.randomBytes);
}

function purposeOf(kid: string): string {
  return `latchkey signing key\n${kid}`;
}

async function generateJwk(alg: SigningAlgorithm): Promise<JsonWebKey> {
  const generate = promisify(generateKeyPair);
  const { privateKey } =
    alg === 'RS256'
      ? await generate('rsa', { modulusLength: 2048 })
      : await generate('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'jwk' });
}
