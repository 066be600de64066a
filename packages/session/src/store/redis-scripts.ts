import { createHash } from 'node:crypto';

/** A script and the name by which a server that has seen it knows it. */
export interface RedisScript {
  readonly lua: string;
  readonly sha1: string;
}

/*
 * The rules of `slot-store.ts`, for Redis. All keys of a call lie in one slot, in this order:
 * KEYS[1] the sign-in, KEYS[2] the last use, and where they are needed the session and then the one-time id.
 * Expiry is the keys' own: what went idle has no second key. Nothing is set without a lifetime: PX, or KEEPTTL where
 * the key has one.
 */
const preamble = `
local signIn, used, session = KEYS[1], KEYS[2], KEYS[3]

-- Format, version and the unchanging part of a record (record.ts), or nothing for a tombstone and what is unknown.
local function parts(text, kinds)
  if not text then return nil end
  return string.match(text, '^([12])%.(%d+)([' .. kinds .. ']%[[^\\n]*%]\\n)')
end

local function now()
  local time = redis.call('TIME')
  return string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
end

local function liveSignIn()
  local format, version, fixed = parts(redis.call('GET', signIn), 'i')
  if not format or redis.call('EXISTS', used) == 0 then return nil end
  return format, version, fixed
end

local function liveSession()
  local format, version, fixed = parts(redis.call('GET', session), 'as')
  if not format or redis.call('EXISTS', used) == 0 then return nil end
  local owner = redis.call('GET', signIn)
  if owner and not parts(owner, 'i') then return nil end
  if not owner and string.sub(fixed, 1, 1) == 's' then return nil end
  return format, version, fixed
end

-- Writes the changing part over the version that was read.
local function replace(key, readVersion, body, format, version, fixed)
  if not format then return 'ended' end
  if version ~= readVersion then return 'outdated' end
  local raised = string.format('%.0f', tonumber(version) + 1)
  redis.call('SET', key, format .. '.' .. raised .. fixed .. body, 'KEEPTTL')
  return 'saved'
end

local function take(once, lifetime)
  return redis.call('SET', once, '1', 'NX', 'PX', lifetime)
end
`;

function script(body: string): RedisScript {
  const lua = `${preamble}${body}`;
  return { lua, sha1: createHash('sha1').update(lua).digest('hex') };
}

/** ARGV: text, 1 when it needs the sign-in, absolute and idle milliseconds, milliseconds of the one-time id or ''. */
export const createSession: RedisScript = script(`
if redis.call('EXISTS', session) == 1 then return 'ended' end
local owned = redis.call('EXISTS', signIn) == 1
if (owned or ARGV[2] == '1') and not liveSignIn() then return 'ended' end
if ARGV[5] ~= '' and not take(KEYS[4], ARGV[5]) then return 'used' end
local lifetime = tonumber(ARGV[3])
if ARGV[2] == '1' then lifetime = math.max(1, math.min(lifetime, redis.call('PTTL', signIn))) end
redis.call('SET', session, ARGV[1], 'PX', string.format('%.0f', lifetime))
if not owned then redis.call('SET', used, now(), 'PX', ARGV[4]) end
return 'created'
`);

/** ARGV: version that was read, data. */
export const replaceSession: RedisScript = script(`
return replace(session, ARGV[1], ARGV[2], liveSession())
`);

/** KEYS[4] the successor. ARGV: what stands for a pointer to it, its milliseconds. */
export const rotateSession: RedisScript = script(`
local text = redis.call('GET', session)
if text == ARGV[1] then return 'rotated' end
if text and string.sub(text, 1, 6) == 'moved ' then return 'moved' end
if not liveSession() or redis.call('EXISTS', KEYS[4]) == 1 then return 'ended' end
local lifetime = redis.call('PTTL', session)
redis.call('SET', KEYS[4], text, 'PX', lifetime)
redis.call('SET', session, ARGV[1], 'PX', string.format('%.0f', math.min(lifetime, tonumber(ARGV[2]))))
return 'rotated'
`);

/** ARGV: version that was read or '', tombstone, its milliseconds. */
export const endSession: RedisScript = script(`
local format, version = liveSession()
if format and ARGV[1] ~= '' and version ~= ARGV[1] then return 'outdated' end
redis.call('SET', session, ARGV[2], 'PX', ARGV[3])
return 'ended'
`);

/** ARGV: idle milliseconds. */
export const touchSlot: RedisScript = script(`
if liveSession() then redis.call('SET', used, now(), 'XX', 'PX', ARGV[1]) end
return 'done'
`);

/** ARGV: text, absolute and idle milliseconds. */
export const createSignIn: RedisScript = script(`
if redis.call('EXISTS', signIn) == 1 then return 'ended' end
redis.call('SET', signIn, ARGV[1], 'PX', ARGV[2])
redis.call('SET', used, now(), 'PX', ARGV[3])
return 'created'
`);

/** ARGV: version that was read, account and apps. */
export const replaceSignIn: RedisScript = script(`
return replace(signIn, ARGV[1], ARGV[2], liveSignIn())
`);

/** ARGV: tombstone, its milliseconds. */
export const endSignIn: RedisScript = script(`
redis.call('SET', signIn, ARGV[1], 'PX', ARGV[2])
redis.call('DEL', used)
return 'done'
`);

/** No session among the keys. ARGV: milliseconds of the one-time id. */
export const takeOnce: RedisScript = script(`
if not liveSignIn() then return 'ended' end
if not take(KEYS[3], ARGV[1]) then return 'used' end
return 'taken'
`);
