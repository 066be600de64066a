import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A TCP proxy in front of a server, for one test. */
export interface SlowLink {
  /** The server's URL, with the proxy in its place. */
  readonly url: string;
  /** Milliseconds by which what the server says comes later; infinite: never. */
  delayMilliseconds: number;
}

/** `change` is given everything that the server says. */
export async function startSlowLink(
  target: string,
  change: (chunk: Buffer) => Buffer = (chunk) => chunk,
): Promise<SlowLink> {
  const { port, hostname } = new URL(target);
  const sockets = new Set<Socket>();
  const link = { url: '', delayMilliseconds: 0 };
  const proxy = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.on('data', (chunk) => {
      const changed = change(chunk);
      if (link.delayMilliseconds === 0) near.write(changed);
      else if (Number.isFinite(link.delayMilliseconds))
        setTimeout(() => near.write(changed), link.delayMilliseconds);
    });
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const own = (proxy.address() as AddressInfo).port;
  link.url = target.replace(`${hostname}:${port}`, `127.0.0.1:${own}`);
  return link;
}
