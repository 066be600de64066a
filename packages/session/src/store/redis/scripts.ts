import { createHash } from 'node:crypto';
import { ended, replacedLength, replacedMark } from '../compact/record.ts';
import { slotFunctions } from './lua.ts';

/** A script and the name by which a server that has seen it knows it. */
export interface RedisScript {
  readonly lua: string;
  readonly sha1: string;
}

function script(body: string, start: string = slotFunctions): RedisScript {
  const lua = `${start}${body}`;
  return { lua, sha1: createHash('sha1').update(lua).digest('hex') };
}

/**
 * KEYS[3] the one-time id. ARGV: `s` when it needs the sign-in, else `a`; `created`, `life` and the rest; absolute and idle
 * milliseconds; milliseconds of the one-time id or ''.
 */
export const createSession: RedisScript = script(`
local key, kind = KEYS[2], ARGV[1]
local life, idle = tonumber(ARGV[5]), tonumber(ARGV[6])
if redis.call('EXISTS', key) == 1 then return 'ended' end
local owner, isTaken = signedIn()
if (isTaken or kind == 's') and not owner then return 'ended' end
if ARGV[7] ~= '' and not take(KEYS[3], ARGV[7]) then return 'used' end
local time = now()
local record = { kind = kind, version = 1, created = ARGV[2], life = tonumber(ARGV[3]), rest = ARGV[4] }
if owner then
  if kind == 'a' then record.kind = 'g' end
  list(owner, withRoom(owner, record.kind) .. packedHash(key))
  put(key, written(record), math.min(life, owner.endsAt - time))
else
  record.idleAt, record.endsAt = time + idle, time + life
  put(key, written(record), math.min(life, idle))
end
return 'created'
`);

/** ARGV: version that was read, data. */
export const replaceSession: RedisScript = script(`
local key = KEYS[2]
local record = live(key)
if not record then return 'ended' end
local fixed = string.sub(record.rest, 1, 2 + number(record.rest, 1, 2))
return replace(key, record, ARGV[1], fixed .. ARGV[2])
`);

const isReplaced = (text: string): string =>
  `${text} and string.sub(${text}, 1, ${replacedMark.length}) == '${replacedMark}'`;

/** Whatever was left with it. */
const isReplacedBy = (text: string, by: string): string =>
  `string.sub(${text}, 1, ${replacedLength}) == string.sub(${by}, 1, ${replacedLength})`;

/** KEYS[3] the successor. ARGV: what says that the session was replaced by it. */
export const rotateSession: RedisScript = script(`
local key, successor = KEYS[2], KEYS[3]
local record, owner, text = live(key)
if ${isReplaced('text')} then return ${isReplacedBy('text', 'ARGV[1]')} and 'rotated' or 'replaced' end
if not record or redis.call('EXISTS', successor) == 1 then return 'ended' end
put(successor, written(record), redis.call('PTTL', key))
put(key, ARGV[1], tombstoneLife)
if owner then relist(owner, key, packedHash(successor)) end
return 'rotated'
`);

/** ARGV: what says that the session was replaced by its successor; version that was read or ''. */
export const retireSession: RedisScript = script(`
local key = KEYS[2]
local record, owner, text = live(key)
if ${isReplaced('text')} then return ${isReplacedBy('text', 'ARGV[1]')} and 'retired' or 'replaced' end
if record and ARGV[2] ~= '' and record.version ~= tonumber(ARGV[2]) then return 'outdated' end
put(key, ARGV[1], tombstoneLife)
if owner then relist(owner, key, '') end
return 'retired'
`);

/** What was retired stays as it is, and when. */
export const endSession: RedisScript = script(`
local key = KEYS[2]
local record, owner, text = live(key)
if not record and text and (text == '${ended}' or ${isReplaced('text')}) then return 'gone' end
put(key, '${ended}', tombstoneLife)
if owner then relist(owner, key, '') end
return record and 'ended' or 'gone'
`);

/** What says by which session it was replaced, or when it or its sign-in ended, in milliseconds; or nothing. */
export const findRetired: RedisScript = script(`
local function endedAt(key)
  return string.format('%.0f', now() + redis.call('PTTL', key) - tombstoneLife)
end
local text = redis.call('GET', KEYS[2])
if ${isReplaced('text')} then return text end
if text == '${ended}' then return endedAt(KEYS[2]) end
return redis.call('GET', slot) == '${ended}' and endedAt(slot) or nil
`);

/** ARGV: idle milliseconds. */
export const touchSlot: RedisScript = script(`
local key, idle = KEYS[2], tonumber(ARGV[1])
local record, owner = live(key)
if record and owner then used(slot, owner, idle, tombstoneLife) end
if record and record.kind == 'a' then used(key, record, idle, 0) end
return 'done'
`);

/** ARGV: `created`, `life` and the rest; absolute and idle milliseconds. */
export const createSignIn: RedisScript = script(`
if redis.call('EXISTS', slot) == 1 then return 'ended' end
local time, life, idle = now(), tonumber(ARGV[4]), tonumber(ARGV[5])
local record = { kind = 'i', version = 1, created = ARGV[1], life = tonumber(ARGV[2]), rest = ARGV[3] }
record.idleAt, record.endsAt = time + idle, time + life
-- What idled out stays for a while, as its own tombstone.
put(slot, written(record), math.min(life, idle + tombstoneLife))
return 'created'
`);

/** ARGV: version that was read, what follows the hashes of its sessions. */
export const replaceSignIn: RedisScript = script(`
local owner = signedIn()
if not owner then return 'ended' end
local hashes = hashesOf(owner)
return replace(slot, owner, ARGV[1], string.char(#hashes / packedLength) .. hashes .. ARGV[2])
`);

/** Answers what was stored in the slot, or nothing. */
export const endSignIn: RedisScript = script(`
local text = redis.call('GET', slot)
put(slot, '${ended}', tombstoneLife)
local owner = parse(text, 'i')
if not owner then return nil end
local hashes = hashesOf(owner)
for at = 1, #hashes, packedLength do
  redis.call('UNLINK', keyOf(string.sub(hashes, at, at + packedLength - 1)))
end
return text
`);

/** No session among the keys. ARGV: milliseconds of the one-time id. */
export const takeOnce: RedisScript = script(`
if not signedIn() then return 'ended' end
if not take(KEYS[2], ARGV[1]) then return 'used' end
return 'taken'
`);

const indexPreamble = `
local index = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
`;

/** KEYS: the account's index. ARGV: slot, milliseconds it is kept at least, entries it has at most. */
export const indexSlot: RedisScript = script(
  `
redis.call('ZADD', index, string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYRANK', index, 0, -1 - ARGV[3])
if redis.call('PTTL', index) < tonumber(ARGV[2]) then redis.call('PEXPIRE', index, ARGV[2]) end
return 'done'
`,
  indexPreamble,
);

/** KEYS: the account's index. ARGV: age in milliseconds, then slots. Younger ones stay: their sign-in may be on its way. */
export const dropSlots: RedisScript = script(
  `
for place = 2, #ARGV do
  local score = redis.call('ZSCORE', index, ARGV[place])
  if score and tonumber(score) <= now - ARGV[1] * 1000 then redis.call('ZREM', index, ARGV[place]) end
end
return 'done'
`,
  indexPreamble,
);
