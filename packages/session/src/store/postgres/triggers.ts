import type { PostgresTables } from './tables.ts';

/*
 * Whoever changes a row so that memory of it would lie tells of its slot, in the same transaction: this release, one before
 * it, an administrator. The server does it, so nobody can leave it out. New rows need no telling, for what is not there is
 * not remembered; nor does a use, which only puts off an end. Slots are told on a channel of their table, named by its
 * number, which is the same by whatever name a process knows the table.
 *
 * Transactions that tell are committed one after the other, in the whole cluster of databases. For endings that is no
 * matter. For data that is saved it would be, so who turns `told` over tells by himself a moment later
 * (`notifier.ts`), and the triggers leave it to him.
 */
const change = 'latchkey_change';
const removal = 'latchkey_removal';
/** Made last. */
const truncation = 'latchkey_emptied';

/** A query with a row when the triggers are there. */
export function lastTrigger(table: string): string {
  return `select from pg_trigger where tgrelid = to_regclass('${table}') and tgname = '${truncation}'`;
}

/** The query for how many triggers of two tables are in force; all are when it is {@link triggersInForce}. */
export function countTriggers(tables: Pick<PostgresTables, 'sessions' | 'slots'>): string {
  return `select count(*)::int from pg_trigger where tgenabled in ('O', 'A')
    and tgrelid in (to_regclass('${tables.sessions}'), to_regclass('${tables.slots}'))
    and tgname in ('${change}', '${removal}', '${truncation}')`;
}
export const triggersInForce = 6;

/** The channel of the table with this number. */
export function channelOf(table: string): string {
  return `latchkey_${table}`;
}

/**
 * Tells of the slots in `$1`. Nobody waits for the disk: what is told is gone after a crash anyway, and so is who listened.
 */
export function tellOf({ sessions }: Pick<PostgresTables, 'sessions'>): string {
  return `with unwritten as (select set_config('synchronous_commit', 'off', true))
    select pg_notify('${channelOf('')}' || to_regclass('${sessions}')::oid, slot)
    from unwritten, unnest($1::text[]) slot`;
}

/** Makes the function and the triggers, in place of those that are there. To be said in a transaction. */
export function makeTriggers({ sessions, slots, tell }: PostgresTables): string {
  const content = (columns: readonly string[]): string => {
    const of = (row: string): string => columns.map((column) => `${row}.${column}`).join(', ');
    return `(${of('old')}) is distinct from (${of('new')})`;
  };
  const earlier = (column: string): string => `new.${column} < old.${column}`;
  return `create or replace function ${tell}() returns trigger language plpgsql as $latchkey$
    declare told text := '';
    begin
      if tg_op <> 'TRUNCATE' and tg_argv[0] = 'key' then told := substr(old.key, 2, 16);
      elsif tg_op <> 'TRUNCATE' then told := left(old.slot, 16);
      end if;
      perform pg_notify('${channelOf('')}' || tg_relid, told);
      return null;
    end $latchkey$;
    ${triggersOn({ table: sessions, column: 'key' }, tell, [
      ...[content(['key', 'format', 'fixed']), earlier('expires_at')],
      `old.told = new.told and ${content(['version', 'data'])}`,
    ])}
    ${triggersOn({ table: slots, column: 'slot' }, tell, [
      content(['format', 'version', 'fixed', 'body']),
      ...[earlier('expires_at'), earlier('idle_at')],
    ])}`;
}

function triggersOn(
  { table, column }: { readonly table: string; readonly column: 'key' | 'slot' },
  tell: string,
  changes: readonly string[],
): string {
  const tellSlot = 'for each row when';
  return `drop trigger if exists ${change} on ${table};
    create trigger ${change} after update on ${table} ${tellSlot} (${changes.join(' or ')})
      execute function ${tell}('${column}');
    drop trigger if exists ${removal} on ${table};
    create trigger ${removal} after delete on ${table} ${tellSlot} (old.expires_at > now())
      execute function ${tell}('${column}');
    drop trigger if exists ${truncation} on ${table};
    create trigger ${truncation} after truncate on ${table} for each statement
      execute function ${tell}('${column}');`;
}
