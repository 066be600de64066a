/** Characters of a new password. Alone, without a second factor, at least 15 (NIST SP 800-63B-4, 3.1.1.2). */
export const minPasswordCharacters = 15;
/** More than the 64 that must be taken at least (as above; ASVS 5.0, 6.2.9). */
export const maxPasswordCharacters = 256;

/** `password-common`: easy to guess, a well-known one or made of what is known of the person. */
export type PasswordRefusal = 'password-too-short' | 'password-too-long' | 'password-common';

/** What is known of a person to whoever guesses: address, name, name of the family. Nothing of it makes a password. */
export type KnownWords = readonly string[];

/** Characters that are looked at for how they could be guessed: more take longer and make no password better. */
const judgedCharacters = 72;
/** A guesser who tries well-known passwords, their variations, sequences and dates gets there within 10^8 tries. */
const leastScore = 3;
/** Of a password without the words that are known of the person, letters and digits that must be left. */
const minOwnCharacters = 8;

/** Why a new password is refused, or null. */
export type JudgePassword = (
  password: string,
  known: KnownWords,
) => Promise<PasswordRefusal | null>;

/**
 * Makes the judge of new passwords, which every place that sets one asks. Length alone and how it could be guessed count; no
 * character is demanded and none forbidden (NIST SP 800-63B-4, 3.1.1.2). Its lists are large, and read when first needed, in
 * about 0.1 s. Does not look a password up in collections of leaked ones beyond those lists.
 */
export function createPasswordJudge(): JudgePassword {
  let loading: Promise<Guesser> | null = null;
  return async (password, known) => {
    const fault = judgeLength(password);
    if (fault !== null) return fault;
    const words = wordsOf(known);
    if (isMadeOf(password, words)) return 'password-common';
    loading ??= loadGuesser();
    const { check } = await loading;
    const { score } = check([...password].slice(0, judgedCharacters).join(''), words);
    return score < leastScore ? 'password-common' : null;
  };
}

function judgeLength(password: string): PasswordRefusal | null {
  // First the raw length: normalising is not free, and NFC makes text at most some four times shorter.
  if (password.length > 4 * 2 * maxPasswordCharacters) return 'password-too-long';
  const characters = [...password.normalize('NFC')].length;
  if (characters > maxPasswordCharacters) return 'password-too-long';
  return characters < minPasswordCharacters ? 'password-too-short' : null;
}

/** Whole texts and their parts, longest first; what has fewer than three letters is in every sentence. */
function wordsOf(known: KnownWords): string[] {
  const parts = known.flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)]);
  const words = [...parts, 'latchkey'].map(folded).filter((word) => word.length >= 3);
  return [...new Set(words)].sort((one, other) => other.length - one.length);
}

function isMadeOf(password: string, words: readonly string[]): boolean {
  const whole = folded(password);
  const rest = words.reduce((text, word) => text.replaceAll(word, ''), whole);
  return rest !== whole && [...rest].length < minOwnCharacters;
}

/** Letters and digits, in lower case, without accents. */
function folded(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

interface Guesser {
  check(password: string, known: string[]): { readonly score: number };
}

async function loadGuesser(): Promise<Guesser> {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  const factory = new ZxcvbnFactory({
    dictionary,
    graphs: adjacencyGraphs,
    // Its default of 100 takes a fifth of a second for what nobody types.
    l33tMaxSubstitutions: 8,
  });
  return { check: (password, known) => factory.check(password, known) };
}
