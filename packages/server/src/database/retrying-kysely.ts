import { Kysely, type KyselyConfig, type TransactionBuilder } from 'kysely';

/**
 * Kysely whose transactions are done again where `prepareRetry` resolves with true: what a transaction does is of the database alone.
 * `attempt` counts from 1.
 */
export class RetryingKysely<DB> extends Kysely<DB> {
  readonly #prepareRetry: PrepareRetry;

  constructor(config: KyselyConfig, prepareRetry: PrepareRetry) {
    super(config);
    this.#prepareRetry = prepareRetry;
  }

  override transaction(): TransactionBuilder<DB> {
    const builder = super.transaction();
    const execute = builder.execute.bind(builder);
    builder.execute = async (work) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await execute(work);
        } catch (error) {
          if (!(await this.#prepareRetry(error, attempt))) throw error;
        }
      }
    };
    return builder;
  }
}

export type PrepareRetry = (error: unknown, attempt: number) => boolean | Promise<boolean>;
