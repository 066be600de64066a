import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What a process can be asked for, by name: one argument in, an answer out; both must survive JSON. */
export type Calls<Names extends string> = Readonly<Record<Names, (argument: never) => unknown>>;

interface Question {
  readonly number: number;
  readonly name: string;
  readonly argument: unknown;
}

interface Answer {
  readonly number: number;
  readonly result?: unknown;
  readonly failure?: string;
}

/** For a forked process: answers what its parent asks, and ends with it. */
export function answerParent<Own extends Calls<string>>(calls: Own): void {
  process.on('message', (question: Question) => {
    void answerOne(calls, question).then((answer) => process.send?.(answer));
  });
  process.on('disconnect', () => process.exit());
}

async function answerOne(calls: Calls<string>, question: Question): Promise<Answer> {
  const { number, name, argument } = question;
  try {
    const call = calls[name];
    if (call === undefined) throw new Error(`There is no call '${name}'.`);
    return { number, result: await call(argument as never) };
  } catch (error) {
    return { number, failure: error instanceof Error ? (error.stack ?? error.message) : 'unknown' };
  }
}

/** The other side of {@link answerParent}. */
export interface Called<Own extends Calls<string>> {
  ask<Name extends keyof Own & string>(
    name: Name,
    ...argument: Parameters<Own[Name]>
  ): Promise<Awaited<ReturnType<Own[Name]>>>;
  end(): Promise<void>;
}

/** Wraps a forked process. Asking rejects with what went wrong there, also when the process ends. */
export function callProcess<Own extends Calls<string>>(child: ChildProcess): Called<Own> {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let asked = 0;
  child.on('message', ({ number, result, failure }: Answer) => {
    const question = waiting.get(number);
    waiting.delete(number);
    if (failure === undefined) question?.resolve(result);
    else question?.reject(new Error(failure));
  });
  child.on('exit', (code, signal) => {
    const error = new Error(`A process of the benchmark ended (${signal ?? `exit code ${code}`}).`);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  });
  return {
    ask(name, ...[argument]) {
      const question = Promise.withResolvers<unknown>();
      asked += 1;
      waiting.set(asked, question);
      child.send({ number: asked, name, argument } satisfies Question);
      return question.promise as Promise<never>;
    },
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
