import { hash, verify } from '@node-rs/argon2';
import { createPasswordJudge, type JudgePassword } from './judge-password.ts';
import { createPasswordQueue } from './password-queue.ts';

/** Bytes (UTF-8, after NFC) that a password may have: more than a thousand emoji. Longer ones are wrong without being hashed. */
export const maxPasswordBytes = 4_096;

// OWASP's second recommendation for argon2id. The number is Algorithm.Argon2id: a const enum, not there at run time.
const argon2id = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Of a password that nobody knows, made with the parameters above: an unknown person costs the same as a known one. */
export const dummyHash: string =
  '$argon2id$v=19$m=19456,t=2,p=1$t4/E06X91xEkX9GSTd5X6w$f0wFWbITDhbMYosgfBhnDLvSgK5O1yWcCpcQv/tkJZY';

/** Judges, hashes and verifies passwords: argon2id, PHC strings, NFC. */
export interface Passwords {
  /** Asked before a password is hashed for the first time; see {@link createPasswordJudge}. */
  readonly judge: JudgePassword;
  /** The PHC string, or `busy`. */
  hash(password: string): Promise<string | 'busy'>;
  /** Whether the password is the one. A missing hash costs the same and is always `wrong`. */
  verify(phc: string | null, password: string): Promise<'right' | 'wrong' | 'busy'>;
}

/** Two at a time, 64 waiting, beyond that `busy`. */
export function createPasswords(): Passwords {
  const queue = createPasswordQueue({ atOnce: 2, waiting: 64 });
  return {
    judge: createPasswordJudge(),
    hash: (password) => queue.run(() => hash(bytesOf(password), argon2id)),
    async verify(phc, password) {
      if (isTooLong(password)) return 'wrong';
      const isRight = await queue.run(() => verify(phc ?? dummyHash, bytesOf(password)));
      if (isRight === 'busy') return 'busy';
      return isRight && phc !== null ? 'right' : 'wrong';
    },
  };
}

function isTooLong(password: string): boolean {
  // First the raw length: normalising is not free, and NFC makes text at most some four times shorter.
  if (password.length > 4 * maxPasswordBytes) return true;
  return bytesOf(password).length > maxPasswordBytes;
}

function bytesOf(password: string): Buffer {
  return Buffer.from(password.normalize('NFC'), 'utf8');
}
