import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openResolver } from '../src/dns/resolver.ts';

/** A running nsd with zones of a test. */
export interface NsdServer {
  /** `127.0.0.1:port`, for UDP and TCP. */
  readonly address: string;
  /** Writes a zone anew and tells the server, which serves it a moment later where its serial has risen. */
  change(zone: NsdZone): Promise<void>;
  stop(): Promise<void>;
}

export interface NsdZone {
  readonly name: string;
  /** The master file, without `$ORIGIN`. */
  readonly text: string;
  /** Whether anybody here may transfer it. */
  readonly allowTransfer?: boolean;
}

const nsdPath = process.env['LATCHKEY_TEST_NSD'] ?? '/usr/sbin/nsd';
const startLimitMilliseconds = 15_000;

/** Starts an nsd that serves the zones on 127.0.0.1, in a folder of its own, and waits until it answers. */
export async function startNsd(zones: readonly NsdZone[]): Promise<NsdServer> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-nsd-'));
  const port = await freePort();
  await Promise.all(zones.map((zone) => writeFile(join(folder, `${zone.name}.zone`), zone.text)));
  const config = join(folder, 'nsd.conf');
  await writeFile(config, configText(folder, port, zones));
  const nsd = spawn(nsdPath, ['-d', '-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  nsd.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const stop = async (): Promise<void> => {
    await endProcess(nsd);
    await rm(folder, { recursive: true, force: true });
  };
  const address = `127.0.0.1:${port}`;
  const change = async (zone: NsdZone): Promise<void> => {
    await writeFile(join(folder, `${zone.name}.zone`), zone.text);
    nsd.kill('SIGHUP');
  };
  if (await answersWithin(address, zones[0]?.name ?? '.', nsd)) return { address, change, stop };
  await stop();
  throw new Error(`nsd did not start: ${said}`);
}

function configText(folder: string, port: number, zones: readonly NsdZone[]): string {
  const server = `server:
  ip-address: 127.0.0.1@${port}
  server-count: 1
  username: ""
  zonesdir: "${folder}"
  pidfile: "${folder}/nsd.pid"
  xfrdfile: "${folder}/xfrd.state"
  zonelistfile: "${folder}/zone.list"
  xfrdir: "${folder}"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
`;
  const parts = zones.map(({ name, allowTransfer }) => {
    const transfer = allowTransfer === true ? '  provide-xfr: 127.0.0.1 NOKEY\n' : '';
    return `zone:\n  name: "${name}"\n  zonefile: "${name}.zone"\n${transfer}`;
  });
  return server + parts.join('');
}

async function answersWithin(address: string, zone: string, nsd: ChildProcess): Promise<boolean> {
  const opened = await openResolver({ servers: [address], timeoutMilliseconds: 200, tries: 1 });
  if (opened.kind === 'unusable') return false;
  try {
    for (const start = Date.now(); Date.now() - start < startLimitMilliseconds; ) {
      const reply = await opened.resolver.ask(zone, 'SOA');
      if (reply.kind === 'message') return true;
      if (nsd.exitCode !== null) return false;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return false;
  } finally {
    opened.resolver.close();
  }
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(timer);
}

/** A port that is free for UDP and TCP; nsd cannot ask the system for one. */
async function freePort(): Promise<number> {
  for (;;) {
    const tcp = createServer();
    const port = await new Promise<number>((resolve) => {
      tcp.listen(0, '127.0.0.1', () => {
        const address = tcp.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    const udp = createSocket('udp4');
    const isFree = await new Promise<boolean>((resolve) => {
      udp.once('error', () => resolve(false));
      udp.bind(port, '127.0.0.1', () => resolve(true));
    });
    udp.close();
    await new Promise((resolve) => tcp.close(resolve));
    if (isFree) return port;
  }
}
