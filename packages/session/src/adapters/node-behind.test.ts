import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { nodeBehind } from './node-behind.ts';

const incoming = { headers: { cookie: 'a=b' } } as unknown as IncomingMessage;
const outgoing = {} as unknown as ServerResponse;
const work = { note: () => undefined };

/** As `@hono/node-server` makes them: an object of the request's kind, with what it is made of under symbols. */
function view(of: unknown, more: Readonly<Record<symbol, unknown>> = {}): Request {
  return Object.assign(Object.create(Request.prototype), { [Symbol('incoming')]: of, ...more });
}

test('a view of the Node request that was handed on is that request', () => {
  const behind = nodeBehind(view(incoming), { incoming, outgoing }, work);
  expect(behind).toMatchObject({ incoming, isSame: true });
  expect(behind?.noting).not.toBeNull();
});

test('a request of its own that was handed the surroundings of another is not', () => {
  const own = new Request('https://shop.example/', { headers: { cookie: 'a=other' } });
  const other = view({ headers: {} });
  for (const request of [own, other]) {
    expect(nodeBehind(request, { incoming, outgoing }, work)).toEqual({
      incoming,
      isSame: false,
      noting: null,
    });
  }
});

test('a view whose headers are an object already, which anybody may have changed, is not', () => {
  for (const made of [new Headers(), new Request('https://shop.example/')]) {
    const touched = view(incoming, { [Symbol('made')]: made });
    expect(nodeBehind(touched, { incoming, outgoing }, work)?.isSame).toBe(false);
  }
});

test('other servers hand nothing on; with a WebSocket there is no answer to note', () => {
  for (const env of [undefined, null, {}, { DB: 'a binding' }]) {
    expect(nodeBehind(view(incoming), env, work)).toBeUndefined();
  }
  expect(nodeBehind(view(incoming), { incoming }, work)).toMatchObject({ noting: null });
});
