import { StatementSync } from 'node:sqlite';
import pg from 'pg';

/**
 * The text of every statement that the database is told meanwhile, in order, `begin` and `commit` included: what it
 * really did, whatever layers lie between. For one piece of work at a time.
 */
export async function recordStatements(work: () => Promise<unknown>): Promise<readonly string[]> {
  const statements: string[] = [];
  const { prototype } = StatementSync;
  const { all, run } = prototype;
  const { query } = pg.Client.prototype;
  prototype.all = function (...values: never[]) {
    statements.push(this.sourceSQL);
    return Reflect.apply(all, this, values);
  };
  prototype.run = function (...values: never[]) {
    statements.push(this.sourceSQL);
    return Reflect.apply(run, this, values);
  };
  pg.Client.prototype.query = function (this: pg.Client, ...values: unknown[]) {
    const [given] = values as [string | { readonly text: string }];
    statements.push(typeof given === 'string' ? given : given.text);
    return Reflect.apply(query, this, values);
  } as typeof query;
  try {
    await work();
  } finally {
    Object.assign(prototype, { all, run });
    pg.Client.prototype.query = query;
  }
  return statements;
}
