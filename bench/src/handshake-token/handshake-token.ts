import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createSlot, mintToken, openToken } from '@latchkey/session/parts';
import type { Benchmark } from '../benchmark.ts';
import { ratios } from '../figures.ts';
import { rowOf } from '../rows.ts';

const key = randomBytes(32);
const slot = createSlot(randomBytes);
const binding = {
  app: 'toys',
  origin: 'https://toys.example',
  state: randomBytes(24).toString('base64url'),
};
/** As much as is inside our token: slot and time. */
const plainBytes = 18;
const associated = Buffer.from(`${binding.app}\n${binding.origin}\n${binding.state}`);

/** What carrying a sign-in to another host costs in cryptography, beside AES-256-GCM with nothing around it. */
export const handshakeToken: Benchmark = {
  name: 'handshake token',
  async run({ isQuick, report }) {
    const plan = isQuick ? { rounds: 7, pairs: 5_000 } : { rounds: 25, pairs: 20_000 };
    report(`${plan.rounds} rounds of ${plan.pairs} tokens`);
    const ours: number[] = [];
    const raw: number[] = [];
    microsOf(plan.pairs, mintAndOpen);
    microsOf(plan.pairs, sealAndOpen);
    for (let round = 0; round < plan.rounds; round += 1) {
      ours.push(microsOf(plan.pairs, mintAndOpen));
      raw.push(microsOf(plan.pairs, sealAndOpen));
    }
    const name = 'handshake token';
    return [
      rowOf(
        { case: name, metric: 'mint + open, times raw AES-256-GCM', unit: 'ratio', atMost: 1.5 },
        ratios(ours, raw),
        { 'Latchkey us': ours, 'node:crypto us': raw },
      ),
      rowOf(
        { case: name, metric: 'length', unit: 'characters', atMost: 200, digits: 0 },
        [mint().length],
        {},
      ),
    ];
  },
};

function microsOf(pairs: number, work: () => void): number {
  const before = process.cpuUsage();
  for (let pair = 0; pair < pairs; pair += 1) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / pairs;
}

function mint(): string {
  return mintToken(key, { ...binding, slot, at: Date.now() }, randomBytes);
}

function mintAndOpen(): void {
  const opened = openToken([key], mint(), { ...binding, now: Date.now() });
  if (opened.kind !== 'opened' || opened.slot !== slot) throw new Error('A token did not open.');
}

/** The same plain text and associated data, as text that fits a URL; nothing is checked but the tag. */
function sealAndOpen(): void {
  const plain = Buffer.alloc(plainBytes, 7);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
  cipher.setAAD(associated);
  const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const bytes = Buffer.from(sealed.toString('base64url'), 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), {
    authTagLength: 16,
  });
  decipher.setAAD(associated);
  decipher.setAuthTag(bytes.subarray(-16));
  const opened = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
  if (opened.length !== plainBytes) throw new Error('AES-256-GCM did not open.');
}
