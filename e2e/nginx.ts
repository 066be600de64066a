import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real nginx with the buffers that it has by default. */
export interface Nginx extends AsyncDisposable {
  /** What it logged as errors. */
  errors(): Promise<string>;
}

/** Starts one that passes each port on to another, with the `Host` header as it came. */
export async function startNginx(
  routes: readonly { readonly from: number; readonly to: number }[],
): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-nginx-'));
  const errorLog = join(folder, 'error.log');
  await writeFile(join(folder, 'nginx.conf'), configuration(folder, routes));
  const program = process.env['LATCHKEY_TEST_NGINX'] ?? '/usr/sbin/nginx';
  const nginx = spawn(program, ['-c', join(folder, 'nginx.conf'), '-p', folder], {
    stdio: 'ignore',
  });
  for (const { from } of routes) await listening(from);
  return {
    errors: () => readFile(errorLog, 'utf8'),
    async [Symbol.asyncDispose]() {
      nginx.kill('SIGTERM');
      await new Promise((done) => nginx.once('exit', done));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configuration(
  folder: string,
  routes: readonly { readonly from: number; readonly to: number }[],
): string {
  const servers = routes.map(
    ({ from, to }) => `  server {
    listen 127.0.0.1:${from};
    location / {
      proxy_pass http://127.0.0.1:${to};
      proxy_set_header Host $http_host;
    }
  }`,
  );
  const bodies = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `  ${kind}_temp_path ${folder}/${kind};`,
  );
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events {}
http {
  access_log off;
${bodies.join('\n')}
${servers.join('\n')}
}
`;
}

async function listening(port: number): Promise<void> {
  const isUp = (): Promise<boolean> =>
    new Promise((done) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        done(true);
      });
      socket.on('error', () => done(false));
    });
  const until = Date.now() + 10_000;
  while (!(await isUp())) {
    if (Date.now() > until) throw new Error(`nginx does not listen at ${port}.`);
    await new Promise((done) => setTimeout(done, 20));
  }
}
