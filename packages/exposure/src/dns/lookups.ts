import type { Delegation } from '../host-survey.ts';
import { type Answer, readAnswer, referralOf } from './answer.ts';
import type { QueryType } from './message.ts';
import { isAtOrBelow } from './name.ts';
import type { Resolver } from './resolver.ts';

/** What a question for name servers brought. */
export interface ServersAnswer {
  /** The zone's servers, or those of a zone above that the server refers to. */
  readonly delegation: Delegation | null;
  /** The zone that the name is in, where the reply names it. */
  readonly zone: string | null;
}

/** Questions that are asked once, however many hosts share their targets. */
export interface Lookups {
  /** Every distinct answer: one, or several where records rotate. Empty when the run was aborted. */
  addresses(name: string, type: 'A' | 'AAAA'): Promise<readonly Answer[]>;
  /** The answer to the question for HTTPS records; their targets stand where others have addresses. */
  services(name: string): Promise<Answer | null>;
  /** The CNAME alone, for names of which nobody says more. */
  target(name: string): Promise<Answer | null>;
  servers(zone: string): Promise<ServersAnswer | null>;
  /** Questions put to servers so far, retries not counted. */
  count(): number;
}

/** A name whose records may not be kept is asked this often in all. */
const fleetingAsks = 3;

/** Lookups over a resolver, remembered for the run. */
export function createLookups(resolver: Resolver): Lookups {
  const known = new Map<string, Promise<readonly Answer[]>>();
  const services = new Map<string, Promise<Answer | null>>();
  const zones = new Map<string, Promise<ServersAnswer | null>>();
  let asked = 0;
  const ask = async (name: string, type: QueryType): Promise<Answer | null> => {
    asked += 1;
    return readAnswer(await resolver.ask(name, type), name, type);
  };
  return {
    addresses(name, type) {
      return remember(known, `${type} ${name}`, () => askRotating(ask, name, type));
    },
    services: (name) => remember(services, name, () => ask(name, 'HTTPS')),
    target: (name) => ask(name, 'CNAME'),
    servers(zone) {
      return remember(zones, zone, () => {
        asked += 1;
        return askServers(resolver, zone);
      });
    },
    count: () => asked,
  };
}

function remember<T>(
  known: Map<string, Promise<T>>,
  key: string,
  make: () => Promise<T>,
): Promise<T> {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  return made;
}

async function askRotating(
  ask: (name: string, type: QueryType) => Promise<Answer | null>,
  name: string,
  type: QueryType,
): Promise<readonly Answer[]> {
  const first = await ask(name, type);
  if (first === null) return [];
  const answers = [first];
  for (let times = 1; first.isFleeting && times < fleetingAsks; times += 1) {
    const again = await ask(name, type);
    if (again !== null && !answers.some((answer) => isSame(answer, again))) answers.push(again);
  }
  return answers;
}

function isSame(one: Answer, other: Answer): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

async function askServers(resolver: Resolver, zone: string): Promise<ServersAnswer | null> {
  const reply = await resolver.ask(zone, 'NS');
  if (reply.kind !== 'message') return null;
  const { message } = reply;
  const own = message.answers.filter((record) => record.type === 'NS' && record.owner === zone);
  if (own.length > 0) {
    return { delegation: { zone, servers: own.map(({ value }) => value) }, zone };
  }
  const soa = message.authorities.find(
    (record) => record.type === 'SOA' && isAtOrBelow(zone, record.owner),
  );
  if (soa !== undefined) return { delegation: null, zone: soa.owner };
  return { delegation: referralOf(message, zone), zone: null };
}
