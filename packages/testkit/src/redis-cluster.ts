import { freePort } from './free-port.ts';
import { redisCli, until } from './redis-cli.ts';
import { startRedisServer, type TestRedisServer } from './redis-server.ts';

/** A real Redis Cluster of a test's own, on free ports. */
export interface TestRedisCluster {
  /** The primaries at the start, then the replicas. */
  readonly nodes: readonly TestRedisServer[];
  /** The node whose hash slots include that of a key, as the cluster has it now. */
  primaryOf(key: string): Promise<TestRedisServer>;
  /** Moves the hash slot of a key, with all that is in it, to another node. */
  moveKey(key: string): Promise<void>;
  /** Resolves once every node that runs says that all hash slots are served. */
  whenWhole(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestRedisClusterOptions {
  /** Replicas of each of the three primaries. Default 0. */
  readonly replicas?: number;
  /** The server program, as a path or a name on PATH. Default `redis-server`. */
  readonly program?: string;
}

/** Milliseconds after which a node that does not answer counts as failed. */
const nodeTimeoutMilliseconds = 1000;

/** Starts three primaries and their replicas, by `redis-cli --cluster create`. Rejects when they do not come together. */
export async function startRedisCluster(
  options: TestRedisClusterOptions = {},
): Promise<TestRedisCluster> {
  const { replicas = 0, program = 'redis-server' } = options;
  const nodes: TestRedisServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    for (let count = 0; count < 3 * (1 + replicas); count += 1) {
      nodes.push(await startRedisServer({ program, args: await nodeArgs() }));
    }
    const [first] = nodes as [TestRedisServer];
    const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
    const settings = ['--cluster-replicas', String(replicas), '--cluster-yes'];
    await redisCli(first.port, ['--cluster', 'create', ...addresses, ...settings]);
    const whenWhole = (): Promise<void> =>
      until('the cluster is whole', async () => {
        const states = await Promise.all(nodes.map(({ port }) => isWhole(port)));
        return !states.includes(false);
      });
    await whenWhole();
    if (replicas > 0) await until('replicas follow', () => areFollowing(nodes));
    const primaryOf = async (key: string): Promise<TestRedisServer> => {
      const port = await portOf(nodes, key);
      const found = nodes.find((node) => node.port === port);
      if (found === undefined) throw new Error('No node has that key.');
      return found;
    };
    const moveKey = async (key: string): Promise<void> => {
      const from = await primaryOf(key);
      const to = nodes.find((node) => node !== from) ?? from;
      const slot = await redisCli(from.port, ['cluster', 'keyslot', key]);
      await moveSlot(nodes, slot, { from, to });
    };
    return { nodes, primaryOf, moveKey, whenWhole, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function nodeArgs(): Promise<string[]> {
  const bus = String(await freePort());
  return ['--cluster-enabled', 'yes', '--cluster-port', bus].concat([
    ...['--cluster-node-timeout', String(nodeTimeoutMilliseconds)],
    ...['--cluster-replica-validity-factor', '0'],
  ]);
}

/** Of a node that does not run nothing is asked. */
async function isWhole(port: number): Promise<boolean> {
  const info = await redisCli(port, ['cluster', 'info']).catch(() => null);
  return info === null || info.includes('cluster_state:ok');
}

async function areFollowing(nodes: readonly TestRedisServer[]): Promise<boolean> {
  const infos = await Promise.all(nodes.map(({ port }) => redisCli(port, ['info', 'replication'])));
  const links = infos.filter((info) => info.includes('role:slave'));
  return links.length > 0 && links.every((info) => info.includes('master_link_status:up'));
}

async function moveSlot(
  nodes: readonly TestRedisServer[],
  slot: string,
  { from, to }: Readonly<Record<'from' | 'to', TestRedisServer>>,
): Promise<void> {
  const ids = await Promise.all([from, to].map(({ port }) => redisCli(port, ['cluster', 'myid'])));
  const [fromId = '', toId = ''] = ids;
  await redisCli(to.port, ['cluster', 'setslot', slot, 'importing', fromId]);
  await redisCli(from.port, ['cluster', 'setslot', slot, 'migrating', toId]);
  const keys = (await redisCli(from.port, ['cluster', 'getkeysinslot', slot, '1000'])).split('\n');
  const target = ['127.0.0.1', String(to.port), '', '0', '5000', 'keys'];
  await redisCli(from.port, ['migrate', ...target, ...keys]);
  for (const { port } of nodes) await redisCli(port, ['cluster', 'setslot', slot, 'node', toId]);
}

async function portOf(nodes: readonly TestRedisServer[], key: string): Promise<number> {
  for (const { port } of nodes) {
    const slot = await redisCli(port, ['cluster', 'keyslot', key]).catch(() => null);
    if (slot === null) continue;
    const lines = (await redisCli(port, ['cluster', 'nodes'])).split('\n');
    for (const line of lines) {
      const [, address = '', flags = '', , , , , , ...ranges] = line.split(' ');
      if (!flags.includes('master') || flags.includes('fail')) continue;
      const has = ranges.some((range) => {
        const [from = '', to = from] = range.split('-');
        return Number(from) <= Number(slot) && Number(slot) <= Number(to);
      });
      if (has) return Number(/:(\d+)@/.exec(address)?.[1]);
    }
  }
  throw new Error('No node answers for that key.');
}
