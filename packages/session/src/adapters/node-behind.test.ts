import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test, vi } from 'vitest';
import type { SessionObject } from '../session-object/session-object.ts';
import { createFindNode } from './node-behind.ts';

const incoming = { headers: { cookie: 'a=b' } } as unknown as IncomingMessage;
const outgoing = {} as unknown as ServerResponse;
const session = {} as unknown as SessionObject;
const incomingKey = Symbol('incoming');
const headersKey = Symbol('headers');

/** As `@hono/node-server` makes them: what it is of stands under a symbol, headers under another once they are asked for. */
function view(of: unknown): Request {
  return Object.create(Request.prototype, {
    [incomingKey]: { value: of, writable: true },
    headers: {
      get(this: Record<symbol, Headers | undefined>) {
        this[headersKey] ??= new Headers({ cookie: 'a=b' });
        return this[headersKey];
      },
    },
  });
}

/** Has seen its first view, of which it learns. */
function finder() {
  const work = { note: vi.fn() };
  const find = createFindNode();
  const first = find(view(incoming), { incoming, outgoing });
  return { find, work, first };
}

test('a view of the Node request that was handed on is that request', () => {
  const { find, work, first } = finder();
  expect(first?.isSame).toBe(false);
  const behind = find(view(incoming), { incoming, outgoing });
  expect(behind).toMatchObject({ incoming, isSame: true });
  expect(behind?.note(work, session)).toBe(true);
  expect(work.note).toHaveBeenCalledExactlyOnceWith(incoming, outgoing, session);
});

test('a request of its own that was handed the surroundings of another is not', () => {
  const { find, work } = finder();
  const own = new Request('https://shop.example/', { headers: { cookie: 'a=other' } });
  for (const request of [own, view({ headers: {} })]) {
    const behind = find(request, { incoming, outgoing });
    expect(behind?.isSame).toBe(false);
    expect(behind?.note(work, session)).toBe(false);
  }
  expect(work.note).not.toHaveBeenCalled();
});

test('a view whose headers are an object already, which anybody may have changed, is not', () => {
  const touched = view(incoming);
  touched.headers.delete('cookie');
  expect(finder().find(touched, { incoming, outgoing })?.isSame).toBe(false);
});

test('where the first views are of another kind the next is learnt from', () => {
  const find = createFindNode();
  const own = new Request('https://shop.example/');
  const isSame = [own, view(incoming), view(incoming)].map(
    (request) => find(request, { incoming, outgoing })?.isSame,
  );
  expect(isSame).toEqual([false, false, true]);
});

test('other servers hand nothing on; with a WebSocket there is no answer to note', () => {
  const { find, work } = finder();
  for (const env of [undefined, null, {}, { DB: 'a binding' }]) {
    expect(find(view(incoming), env)).toBeNull();
  }
  const socket = find(view(incoming), { incoming });
  expect(socket?.isSame).toBe(true);
  expect(socket?.note(work, session)).toBe(false);
});
