import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@latchkey/testkit';

/** A cache in front of an app that keeps what it is allowed to keep, for everybody. */
export interface SharedCache {
  readonly port: number;
  stop(): Promise<void>;
}

/** Which program, and what its configuration says. */
interface Kind {
  readonly program: string;
  args(config: string): readonly string[];
  config(place: Place): string;
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly upstream: number;
}

const modules = '/usr/lib/apache2/modules';

/** `mod_cache` as it comes: it keeps `Set-Cookie` with an answer and sets it for everybody who asks. */
const apache: Kind = {
  program: process.env['LATCHKEY_TEST_APACHE'] ?? '/usr/sbin/apache2',
  args: (config) => ['-X', '-f', config],
  config: ({ folder, port, upstream }) => `
${['mpm_prefork', 'authz_core', 'proxy', 'proxy_http', 'cache', 'cache_disk']
  .map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`)
  .join('\n')}
ServerRoot ${folder}
ServerName cache.example
User www-data
Group www-data
Listen 127.0.0.1:${port}
PidFile ${folder}/apache.pid
ErrorLog ${folder}/error.log
DefaultRuntimeDir ${folder}
ProxyPreserveHost On
ProxyPass / http://127.0.0.1:${upstream}/
CacheRoot ${folder}/cache
CacheEnable disk /
`,
};

/** `proxy_cache` as people write it who want their pages cached in spite of cookies. */
const nginx: Kind = {
  program: process.env['LATCHKEY_TEST_NGINX'] ?? '/usr/sbin/nginx',
  args: (config) => ['-c', config, '-e', 'stderr'],
  config: ({ folder, port, upstream }) => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n  ')}
  proxy_cache_path ${folder}/cache keys_zone=pages:1m;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${upstream};
      proxy_set_header Host $http_host;
      proxy_cache pages;
      proxy_ignore_headers Set-Cookie;
    }
  }
}
`,
};

/** By name. */
export const sharedCaches: Readonly<Record<string, (upstream: number) => Promise<SharedCache>>> = {
  'Apache mod_cache': (upstream) => start(apache, upstream),
  'nginx proxy_cache': (upstream) => start(nginx, upstream),
};

async function start(kind: Kind, upstream: number): Promise<SharedCache> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-cache-'));
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'cache'));
  await chmod(join(folder, 'cache'), 0o777);
  const port = await freePort();
  const config = join(folder, 'cache.conf');
  await writeFile(config, kind.config({ folder, port, upstream }));
  const child = spawn(kind.program, kind.args(config), { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.on('error', (error) => {
    said += error.message;
  });
  const stop = async (): Promise<void> => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  if (await listens(port, child)) return { port, stop };
  await stop();
  throw new Error(`The cache did not start: ${said}`);
}

async function listens(port: number, child: ChildProcess): Promise<boolean> {
  for (let attempt = 0; attempt < 200 && child.exitCode === null; attempt += 1) {
    if (await takesConnections(port)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const closed = new Promise((resolve) => {
    child.once('close', resolve);
  });
  child.kill('SIGTERM');
  await closed;
}
