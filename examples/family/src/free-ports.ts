import { createServer } from 'node:net';

/** The first of the ports on which something listens already, or null. Asks both loopback addresses. */
export async function findPortInUse(ports: readonly number[]): Promise<number | null> {
  for (const port of ports) {
    for (const host of ['127.0.0.1', '::1']) {
      if (await isInUse(port, host)) return port;
    }
  }
  return null;
}

function isInUse(port: number, host: string): Promise<boolean> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') done(true);
      // A machine without IPv6 has no ::1 on which something could listen.
      else if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') done(false);
      else fail(new Error(`Port ${port} cannot be used: ${error.message}.`, { cause: error }));
    });
    server.listen(port, host, () => server.close(() => done(false)));
  });
}
