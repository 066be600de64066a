import { redact } from '@latchkey/session/parts';
import { codeOf } from './exit-code.ts';

/** What one look found. `unknown`: it could not be judged from here. */
export interface Finding {
  readonly about: string;
  readonly state: 'good' | 'bad' | 'unknown';
  readonly words: string;
  /** What to change: a line of the config, or what stands in front. */
  readonly change?: string;
}

/** Something wrong, with what to change. */
export interface Fault {
  readonly words: string;
  readonly change: string;
}

/** What is changed where a proxy in front of an origin changes what it hands on. */
export function proxyOf(origin: string, duty: string): string {
  return `the proxy in front of ${origin}: ${duty}`;
}

export function badFinding(about: string, { words, change }: Fault): Finding {
  return { about, state: 'bad', words, change };
}

/** What an error says, without what may be secret. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return codeOf(error) === null ? redact(message) : message;
}
