import { createHash } from 'node:crypto';
import {
  maxRotationsFollowed,
  maxSessionsPerSignIn,
  rotationGraceSeconds,
  sessionSkewMilliseconds,
  tombstoneSeconds,
} from '../session-store.ts';
import { ended, pointerMark } from './redis-record.ts';

/** A script and the name by which a server that has seen it knows it. */
export interface RedisScript {
  readonly lua: string;
  readonly sha1: string;
}

/** Anonymous sessions in the slot of a sign-in; a slot's list has room for 127 of both kinds. */
const maxGuests = 20;

/** Lua that takes a record apart and writes it; what stands where in a text: redis-record.ts. Also for tests. */
export const recordFunctions: string = `
local function number(text, at, length)
  local value = 0
  for place = at, at + length - 1 do value = value * 128 + string.byte(text, place) end
  return value
end

-- A number in as few characters as it needs, and where it ends.
local function readCount(text, at)
  local value, code = 0, 64
  while code >= 64 do
    code = string.byte(text, at)
    value = value * 64 + code % 64
    at = at + 1
  end
  return value, at
end

local function count(value)
  local text = string.char(value % 64)
  value = math.floor(value / 64)
  while value > 0 do
    text = string.char(64 + value % 64) .. text
    value = math.floor(value / 64)
  end
  return text
end

-- The same for a number of either sign.
local function readSigned(text, at)
  local value
  value, at = readCount(text, at)
  return value % 2 == 0 and value / 2 or -(value + 1) / 2, at
end

local function signed(value)
  return count(value < 0 and -2 * value - 1 or 2 * value)
end

local units = { [0] = 86400000, 60000, 1000, 1 }

-- When a record ends by its own instants, in seconds.
local function plannedEnd(record)
  local life = math.floor(record.life / 4) * units[record.life % 4]
  return math.ceil((number(record.created, 1, 6) + life) / 1000)
end

local function read(text)
  local record = { kind = string.sub(text, 1, 1) }
  local at, idle, life
  local drift = 0
  record.version, at = readCount(text, 2)
  record.created = string.sub(text, at, at + 5)
  record.createdAt = number(record.created, 1, 6)
  at = at + 6
  local canIdle = record.kind == 'i' or record.kind == 'a'
  if canIdle then
    idle, at = readSigned(text, at)
    record.idleAt = (math.floor(record.createdAt / 1000) + idle) * 1000
  end
  life, at = readCount(text, at)
  record.life = math.floor(life / 2)
  if life % 2 == 1 then drift, at = readSigned(text, at) end
  if canIdle then record.endsAt = (plannedEnd(record) + drift) * 1000 end
  record.rest = string.sub(text, at)
  return record
end

-- What a text says that is of one of these kinds, or nothing.
local function parse(text, kinds)
  if not text or not string.match(text, '^[' .. kinds .. ']') then return nil end
  local isWhole, record = pcall(read, text)
  return isWhole and record or nil
end

local function written(record)
  local idle, drift, lives = '', 0, 2 * record.life
  if record.idleAt then
    idle = signed(math.ceil(record.idleAt / 1000) - math.floor(number(record.created, 1, 6) / 1000))
    drift = math.ceil(record.endsAt / 1000) - plannedEnd(record)
  end
  lives = drift == 0 and count(lives) or count(lives + 1) .. signed(drift)
  return record.kind .. count(record.version) .. record.created .. idle .. lives .. record.rest
end
`;

/*
 * The rules of `slot-store.ts`, for Redis. KEYS[1] is the slot: what lies there is its sign-in. Where a session is meant,
 * KEYS[2] is its key: that of the slot, a colon, a hash of 22 characters. The other sessions of a slot are found by their
 * hashes, so their keys are not among KEYS; they lie in the same hash slot. What stands where in a text: redis-record.ts.
 * Nothing is set without a lifetime: PX, or KEEPTTL where the key has one.
 */
const preamble = `
local slot = KEYS[1]
local tombstoneLife = ${tombstoneSeconds * 1000}
${recordFunctions}
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function put(key, text, life)
  redis.call('SET', key, text, 'PX', string.format('%.0f', math.max(1, life)))
end

-- The live sign-in of the slot, if any, and whether anything lies there.
local function signedIn()
  local text = redis.call('GET', slot)
  local found = parse(text, 'i')
  if found and found.idleAt <= now() then found = nil end
  return found, text ~= false
end

-- Where a session lies: its key, its text and the keys that were rotated on the way.
local function follow(key)
  local passed = {}
  while true do
    local text = redis.call('GET', key)
    local hash = text and string.match(text, '^${pointerMark}(.+)$')
    if not hash then return key, text, passed end
    if #passed == ${maxRotationsFollowed} then return key, false, passed end
    passed[#passed + 1] = key
    key = slot .. ':' .. hash
  end
end

-- The live session a key stands for, if any; where it lies; the keys that led there; its sign-in, if any.
local function live(asked)
  local key, text, passed = follow(asked)
  local record = parse(text, 'sga')
  local owner, isTaken = signedIn()
  if isTaken and not owner then record = nil end
  if record and record.kind ~= 'a' and not owner then record = nil end
  if record and record.kind == 's' and record.createdAt < owner.createdAt - ${sessionSkewMilliseconds} then
    record = nil
  end
  return record, key, passed, owner
end

-- Writes the rest over the version that was read.
local function replace(key, record, readVersion, rest)
  if not record then return 'ended' end
  if record.version ~= tonumber(readVersion) then return 'outdated' end
  record.version = record.version + 1
  record.rest = rest
  redis.call('SET', key, written(record), 'KEEPTTL')
  return 'saved'
end

local function used(key, record, idle, grace)
  local time = now()
  record.idleAt = time + idle
  put(key, written(record), math.min(idle + grace, record.endsAt - time))
end

-- The hash in a session's key, 22 characters of six bits, in a list: 19 of seven.
local alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
local hashLength, packedLength = 22, 19

local function regroup(values, from, to)
  local groups, held, bits = {}, 0, 0
  for _, value in ipairs(values) do
    held, bits = held * 2 ^ from + value, bits + from
    while bits >= to do
      bits = bits - to
      local group = math.floor(held / 2 ^ bits)
      groups[#groups + 1] = group
      held = held - group * 2 ^ bits
    end
  end
  if bits > 0 then groups[#groups + 1] = held * 2 ^ (to - bits) end
  return groups
end

local function packedHash(key)
  local values = {}
  for letter in string.gmatch(string.sub(key, -hashLength), '.') do
    values[#values + 1] = string.find(alphabet, letter, 1, true) - 1
  end
  local packed = regroup(values, 6, 7)
  for place, value in ipairs(packed) do packed[place] = string.char(value) end
  return table.concat(packed)
end

local function keyOf(packed)
  local letters = {}
  for place, value in ipairs(regroup({ string.byte(packed, 1, packedLength) }, 7, 6)) do
    if place <= hashLength then letters[place] = string.sub(alphabet, value + 1, value + 1) end
  end
  return slot .. ':' .. table.concat(letters)
end

-- The sessions of a sign-in: their packed hashes, one after the other.
local function hashesOf(owner)
  return string.sub(owner.rest, 2, 1 + packedLength * string.byte(owner.rest))
end

local function withHashes(owner, hashes)
  return string.char(#hashes / packedLength) .. hashes .. string.sub(owner.rest, 2 + #hashesOf(owner))
end

local function list(owner, hashes)
  owner.rest = withHashes(owner, hashes)
  redis.call('SET', slot, written(owner), 'KEEPTTL')
end

-- Puts one hash, or nothing, in the place of a session's.
local function relist(owner, key, other)
  local hashes, gone = hashesOf(owner), packedHash(key)
  for at = 1, #hashes, packedLength do
    if string.sub(hashes, at, at + packedLength - 1) == gone then
      return list(owner, string.sub(hashes, 1, at - 1) .. other .. string.sub(hashes, at + packedLength))
    end
  end
end

-- The hashes with room for one more of a kind: without those whose sessions are gone, or else without the first of that
-- kind, which ends.
local most = { s = ${maxSessionsPerSignIn}, g = ${maxGuests} }
local function withRoom(owner, kind)
  local hashes = hashesOf(owner)
  if #hashes < packedLength * most[kind] then return hashes end
  local kept, first, count = '', nil, 0
  for at = 1, #hashes, packedLength do
    local hash = string.sub(hashes, at, at + packedLength - 1)
    local record = parse(redis.call('GET', keyOf(hash)), 'sg')
    if record and record.kind == kind then
      first = first or #kept + 1
      count = count + 1
    end
    if record then kept = kept .. hash end
  end
  if count < most[kind] then return kept end
  put(keyOf(string.sub(kept, first, first + packedLength - 1)), '${ended}', tombstoneLife)
  return string.sub(kept, 1, first - 1) .. string.sub(kept, first + packedLength)
end

local function take(once, life)
  return redis.call('SET', once, '1', 'NX', 'PX', life)
end
`;

function script(body: string, start: string = preamble): RedisScript {
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
local record, key = live(KEYS[2])
if not record then return 'ended' end
local fixed = string.sub(record.rest, 1, 2 + number(record.rest, 1, 2))
return replace(key, record, ARGV[1], fixed .. ARGV[2])
`);

/** KEYS[3] the successor. */
export const rotateSession: RedisScript = script(`
local record, key, passed, owner = live(KEYS[2])
if not record then return 'ended' end
local successor = KEYS[3]
local pointer = '${pointerMark}' .. string.sub(successor, -hashLength)
if #passed > 0 then return redis.call('GET', KEYS[2]) == pointer and 'rotated' or 'moved' end
if redis.call('EXISTS', successor) == 1 then return 'ended' end
local life = redis.call('PTTL', key)
put(successor, written(record), life)
put(key, pointer, math.min(life, ${rotationGraceSeconds * 1000}))
if owner then relist(owner, key, packedHash(successor)) end
return 'rotated'
`);

/** ARGV: version that was read or ''. */
export const endSession: RedisScript = script(`
local record, key, passed, owner = live(KEYS[2])
if record and ARGV[1] ~= '' and record.version ~= tonumber(ARGV[1]) then return 'outdated' end
passed[#passed + 1] = key
for _, gone in ipairs(passed) do put(gone, '${ended}', tombstoneLife) end
if owner then relist(owner, key, '') end
return 'ended'
`);

/** ARGV: idle milliseconds. */
export const touchSlot: RedisScript = script(`
local record, key, passed, owner = live(KEYS[2])
local idle = tonumber(ARGV[1])
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

/** KEYS: besides the slot, what former releases wrote for it. Answers what lay in the slot, or nothing. */
export const endSignIn: RedisScript = script(`
local text = redis.call('GET', slot)
put(slot, '${ended}', tombstoneLife)
for place = 2, #KEYS do redis.call('DEL', KEYS[place]) end
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

/**
 * What a former release wrote, in today's form. KEYS: slot, session, and its keys of sign-in and last use. ARGV: its text
 * of the sign-in or '', version, `created`, `life` and the rest; the same of the session, and its kind.
 */
export const adoptFormer: RedisScript = script(`
local key, formerSignIn, formerUse = KEYS[2], KEYS[3], KEYS[4]
local time, idle = now(), redis.call('PTTL', formerUse)

local function recordAt(kind, place)
  local life = tonumber(ARGV[place + 2])
  return { kind = kind, version = tonumber(ARGV[place]), created = ARGV[place + 1], life = life, rest = ARGV[place + 3] }
end

if ARGV[1] ~= '' and idle > 0 and redis.call('EXISTS', slot) == 0
    and redis.call('GET', formerSignIn) == ARGV[1] then
  local record, life = recordAt('i', 2), redis.call('PTTL', formerSignIn)
  record.idleAt, record.endsAt = time + idle, time + life
  put(slot, written(record), math.min(life, idle + tombstoneLife))
  redis.call('DEL', formerSignIn, formerUse)
end
if ARGV[6] == '' or redis.call('GET', key) ~= ARGV[6] then return 'done' end
local record, life, owner = recordAt(ARGV[11], 7), redis.call('PTTL', key), signedIn()
if owner then
  if record.kind == 'a' then record.kind = 'g' end
  list(owner, withRoom(owner, record.kind) .. packedHash(key))
  put(key, written(record), life)
elseif record.kind == 'a' and idle > 0 and redis.call('EXISTS', slot, formerSignIn) == 0 then
  record.idleAt, record.endsAt = time + idle, time + life
  put(key, written(record), math.min(life, idle))
  redis.call('DEL', formerUse)
end
return 'done'
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
