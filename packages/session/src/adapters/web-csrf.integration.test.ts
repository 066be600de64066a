import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { createHttpVisitor, type HttpAnswer, type HttpVisitor } from '@latchkey/testkit';
import { Hono, type MiddlewareHandler } from 'hono';
import { afterEach, describe, expect, test } from 'vitest';
import { csrfTokens, listen } from '../../test/listen.ts';
import { createAppAlone } from '../app/app-alone.ts';
import type { AppHandler } from '../http/http-exchange.ts';
import { createMemoryStore } from '../store/memory.ts';
import { maxFormBytes, maxFormFields } from './form-fields.ts';
import { csrf as csrfOnHono, type LatchkeyEnv, latchkey as latchkeyOnHono } from './hono.ts';
import { mount } from './node.ts';
import { csrf, latchkey, type SessionHandler } from './web.ts';

const origin = 'https://app.kittens.example';
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Running {
  readonly visitor: HttpVisitor;
  readonly reasons: (string | undefined)[];
}

async function run(serverOf: (app: AppHandler) => Server): Promise<Running> {
  const reasons: (string | undefined)[] = [];
  const platform = { onEvent: ({ reason }: { reason?: string }) => void reasons.push(reason) };
  const app = createAppAlone({ origin, store: createMemoryStore(), platform });
  const { port, close } = await listen(serverOf(app));
  closing.push(close);
  return { visitor: createHttpVisitor(port, new URL(origin).host), reasons };
}

/** What the form's file is afterwards, for the app behind the guard. */
async function sizesOf(request: Request): Promise<Response> {
  const form = await request.formData();
  const file = form.get('file');
  return Response.json({ name: form.get('name'), size: file instanceof File ? file.size : null });
}

function onHono(...between: MiddlewareHandler<LatchkeyEnv>[]): (app: AppHandler) => Server {
  return (handler) => {
    const app = new Hono<LatchkeyEnv>();
    app.use(latchkeyOnHono(handler));
    for (const one of between) app.use(one);
    app.use(csrfOnHono());
    app.get('/csrf', (c) => c.json(csrfTokens(c.get('session'))));
    app.post('/upload', (c) => sizesOf(c.req.raw));
    app.post('/parsed', async (c) => c.json(Object.keys(await c.req.parseBody())));
    return createAdaptorServer({ fetch: app.fetch }) as Server;
  };
}

function onWeb(app: AppHandler): Server {
  const handler: SessionHandler = (request, session) =>
    new URL(request.url).pathname === '/csrf'
      ? Response.json(csrfTokens(session))
      : sizesOf(request);
  return createServer(mount(latchkey(app)(csrf(app, handler)), origin));
}

async function upload(
  visitor: HttpVisitor,
  form: FormData,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  const { body, type } = await bytesOf(form);
  return visitor.ask('/upload', {
    method: 'POST',
    headers: { 'content-type': type, ...headers },
    body,
  });
}

async function bytesOf(form: FormData): Promise<{ body: Buffer; type: string }> {
  const request = new Request(origin, { method: 'POST', body: form });
  const type = request.headers.get('content-type') ?? '';
  return { body: Buffer.from(await request.arrayBuffer()), type };
}

function formOf(size: number, token?: string): FormData {
  const form = new FormData();
  form.set('name', 'Kätzchen');
  form.set('file', new File([Buffer.alloc(size, 'x')], 'kitten.png'));
  if (token !== undefined) form.set('authenticity_token', token);
  return form;
}

async function tokenOf(visitor: HttpVisitor): Promise<string> {
  return (JSON.parse((await visitor.ask('/csrf')).text) as { any: string }).any;
}

describe.each([
  ['Hono', onHono()],
  ['a web handler', onWeb],
])('%s', (_name, serverOf) => {
  test('finds the token in a multipart form, and leaves the form to the app', async () => {
    const { visitor, reasons } = await run(serverOf);
    const token = await tokenOf(visitor);
    const { status, text } = await upload(visitor, formOf(700_000, token));
    expect([status, text]).toEqual([200, '{"name":"Kätzchen","size":700000}']);
    expect((await upload(visitor, formOf(10))).status).toBe(403);
    expect((await upload(visitor, formOf(10, 'x'))).status).toBe(403);
    expect(reasons).toEqual(['token-missing', 'token-wrong']);
  });

  test('reads no form that is too large, unless the header has the token', async () => {
    const { visitor, reasons } = await run(serverOf);
    const token = await tokenOf(visitor);
    const refused = await upload(visitor, formOf(maxFormBytes, token));
    expect([refused.status, refused.isWhole]).toEqual([403, true]);
    const { status, text } = await upload(visitor, formOf(3_000_000), { 'x-csrf-token': token });
    expect([status, text]).toEqual([200, '{"name":"Kätzchen","size":3000000}']);
    expect(reasons).toEqual(['form-too-large']);
    expect((await visitor.ask('/csrf')).status).toBe(200);
  });

  test('stops reading a form that does not say how large it is', async () => {
    const { visitor, reasons } = await run(serverOf);
    const token = await tokenOf(visitor);
    const chunked = { 'transfer-encoding': 'chunked' };
    expect((await upload(visitor, formOf(10, token), chunked)).status).toBe(200);
    expect((await upload(visitor, formOf(maxFormBytes, token), chunked)).status).toBe(403);
    expect(reasons).toEqual(['form-too-large']);
  });

  test('reads no form of more fields than forms have, unless the header has the token', async () => {
    const { visitor, reasons } = await run(serverOf);
    const token = await tokenOf(visitor);
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const field = `authenticity_token=${encodeURIComponent(token)}`;
    const post = (body: string, headers = {}) =>
      visitor.ask('/upload', { method: 'POST', headers: { ...type, ...headers }, body });
    expect((await post(`${'a&'.repeat(maxFormFields - 1)}${field}`)).status).toBe(200);
    expect((await post(`${'a&'.repeat(maxFormFields)}${field}`)).status).toBe(403);
    expect((await post('a&'.repeat(maxFormBytes / 2))).status).toBe(403);
    const large = `${'a&'.repeat(maxFormFields)}b`;
    expect((await post(large, { 'x-csrf-token': token })).status).toBe(200);
    const many = formOf(10, token);
    for (let part = 0; part < maxFormFields; part += 1) many.append('part', '');
    expect((await upload(visitor, many)).status).toBe(403);
    expect(reasons).toEqual(['form-too-large', 'form-too-large', 'form-too-large']);
  });

  test('takes no token twice, from a file, or out of a broken form', async () => {
    const { visitor } = await run(serverOf);
    const token = await tokenOf(visitor);
    const twice = formOf(10, token);
    twice.append('authenticity_token', token);
    const asFile = formOf(10);
    asFile.set('_csrf', new File([token], 'token'));
    for (const form of [twice, asFile]) expect((await upload(visitor, form)).status).toBe(403);
    const { body, type } = await bytesOf(formOf(10, token));
    const half = body.subarray(0, body.length / 2);
    for (const [broken, as] of [
      [half, type],
      [body, 'multipart/form-data; boundary=other'],
      [body, 'multipart/form-data'],
      [body, 'application/json'],
    ] as const) {
      const headers = { 'content-type': as };
      const answer = await visitor.ask('/upload', { method: 'POST', headers, body: broken });
      expect(answer.status).toBe(403);
    }
  });
});

describe('Hono', () => {
  const early: MiddlewareHandler<LatchkeyEnv> = async (c, next) => {
    if (c.req.method === 'POST') await c.req.parseBody();
    await next();
  };

  test('finds the token where middleware before has parsed the body', async () => {
    const { visitor } = await run(onHono(early));
    const token = await tokenOf(visitor);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const ask = async (body: string): Promise<HttpAnswer> =>
      visitor.ask('/parsed', { method: 'POST', headers, body });
    expect((await ask(`a=1&_csrf=${token}`)).text).toBe('["a","_csrf"]');
    expect((await ask('a=1')).status).toBe(403);
  });

  test('csrf() before latchkey() says what is wrong', async () => {
    const app = new Hono<LatchkeyEnv>();
    app.use(csrfOnHono());
    const told: string[] = [];
    app.onError((error, c) => {
      told.push(error.message);
      return c.text('', 500);
    });
    const { status } = await app.request('/', { method: 'POST' });
    expect([status, ...told]).toEqual([500, expect.stringContaining('put latchkey(...) first')]);
  });
});
