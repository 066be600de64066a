import { StatementSync } from 'node:sqlite';

/**
 * The text of every statement that SQLite runs meanwhile, in order, `begin` and `commit` included: what the database
 * really did, whatever layers lie between. For one piece of work at a time.
 */
export async function recordStatements(work: () => Promise<unknown>): Promise<readonly string[]> {
  const statements: string[] = [];
  const { prototype } = StatementSync;
  const { all, run } = prototype;
  prototype.all = function (...values: never[]) {
    statements.push(this.sourceSQL);
    return Reflect.apply(all, this, values);
  };
  prototype.run = function (...values: never[]) {
    statements.push(this.sourceSQL);
    return Reflect.apply(run, this, values);
  };
  try {
    await work();
  } finally {
    Object.assign(prototype, { all, run });
  }
  return statements;
}
