import { hash, verify } from '@node-rs/argon2';

// As the login host does it: argon2id with these parameters, two at a time.
const argon2id = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const atOnce = 2;
const password = 'correct horse battery staple';

/** People who type their password, so many a second. What it returns sets how many, and tells how many did until then. */
export function startPasswords(): (perSecond: number) => Promise<number> {
  let phc: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  let waiting = 0;
  let running = 0;
  let verified = 0;

  function work(stored: string): void {
    if (running === atOnce || waiting === 0) return;
    waiting -= 1;
    running += 1;
    void verify(stored, password).then((isRight) => {
      running -= 1;
      verified += isRight ? 1 : 0;
      work(stored);
    });
  }

  return async (perSecond) => {
    const before = verified;
    phc ??= await hash(password, argon2id);
    const stored = phc;
    clearInterval(timer);
    waiting = 0;
    verified = 0;
    if (perSecond > 0) {
      timer = setInterval(() => {
        waiting += 1;
        work(stored);
      }, 1000 / perSecond);
    }
    return before;
  };
}
