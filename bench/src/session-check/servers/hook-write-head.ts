import type { ServerResponse } from 'node:http';

/** What every session library must at least do that adds a header when headers are about to leave. It adds none. */
export function hookWriteHead(response: ServerResponse): void {
  const { writeHead } = response;
  response.writeHead = ((...args: unknown[]) =>
    Reflect.apply(writeHead, response, args)) as typeof writeHead;
}
