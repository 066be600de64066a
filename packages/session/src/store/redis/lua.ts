import {
  maxSessionsPerSignIn,
  sessionSkewMilliseconds,
  tombstoneSeconds,
} from '../../session-store.ts';
import { ended } from '../compact/record.ts';

/** Anonymous sessions in the slot of a sign-in; a slot's list has room for 127 of both kinds. */
const maxGuests = 20;

/** Lua that takes a record apart and writes it; what stands where in a text: record.ts. Also for tests. */
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
    idle = signed(math.floor(record.idleAt / 1000) - math.floor(number(record.created, 1, 6) / 1000))
    drift = math.ceil(record.endsAt / 1000) - plannedEnd(record)
  end
  lives = drift == 0 and count(lives) or count(lives + 1) .. signed(drift)
  return record.kind .. count(record.version) .. record.created .. idle .. lives .. record.rest
end
`;

/**
 * The rules of `packages/session/src/store/slot-store.ts`, for Redis. KEYS[1] is the slot: what is stored there is its sign-in. Where a session is meant,
 * KEYS[2] is its key: that of the slot, a colon, a hash of 22 characters. The other sessions of a slot are found by their
 * hashes, so their keys are not among KEYS; they are stored in the same hash slot. What stands where in a text: record.ts.
 * Nothing is set without a lifetime: PX, or KEEPTTL where the key has one.
 */
export const slotFunctions: string = `
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

-- The live sign-in of the slot, if any, and whether anything is stored there.
local function signedIn()
  local text = redis.call('GET', slot)
  local found = parse(text, 'i')
  if found and found.idleAt <= now() then found = nil end
  return found, text ~= false
end

-- The live session at a key, if any; its sign-in, if any; what is stored there.
local function live(key)
  local text = redis.call('GET', key)
  local record = parse(text, 'sga')
  local owner, isTaken = signedIn()
  if isTaken and not owner then record = nil end
  if record and record.kind ~= 'a' and not owner then record = nil end
  if record and record.kind == 's' and record.createdAt < owner.createdAt - ${sessionSkewMilliseconds} then
    record = nil
  end
  return record, owner, text
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
