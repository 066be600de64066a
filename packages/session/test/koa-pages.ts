import { text } from 'node:stream/consumers';
import { contractOrigin, mountedHandler, trustedOrigin } from '@latchkey/testkit';
import type { Context, Middleware } from 'koa';
import { csrf, mount, requireSignIn } from '../src/adapters/koa.ts';
import {
  askedCaching,
  beginCall,
  bigChunks,
  csrfTokens,
  endlessChunks,
  eventStream,
  fieldsOf,
  headersPage,
  late,
  nextTurn,
  sessionCalls,
  streamOf,
  threeChunks,
} from './listen.ts';
import { nodeCookieForms, nodeLateForms, ownCookies } from './node-pages.ts';

type Page = (ctx: Context) => unknown;

/** Koa’s own ways to set cookies, and those of node:http for answers that Koa leaves to the app. */
export const koaCookieForms: Readonly<Record<string, Page>> = {
  ...Object.fromEntries(
    Object.entries(nodeCookieForms).map(([form, send]): [string, Page] => [
      form,
      (ctx) => {
        ctx.respond = false;
        ctx.status = 200;
        send(ctx.res);
      },
    ]),
  ),
  // Koa goes on to answer by itself, and finds that it is too late.
  'raw-without-telling-koa': (ctx) => nodeCookieForms['write-head-object']?.(ctx.res),
  // A whole answer of node:http after a body that Koa was given.
  'raw-in-spite-of-body': (ctx) => {
    ctx.body = 'not ok';
    ctx.respond = false;
    ctx.remove('content-length');
    nodeCookieForms['set-header']?.(ctx.res);
  },
  'context-cookies': (ctx) => {
    ctx.cookies.set('own', '1').set('more', '2');
    ctx.body = 'ok';
  },
  'context-set-array': (ctx) => {
    ctx.body = 'ok';
    ctx.set('Set-Cookie', [...ownCookies]);
  },
  'context-set-object': (ctx) => {
    ctx.set({ 'set-cookie': [...ownCookies] });
    ctx.body = Buffer.from('ok');
  },
  'context-append': (ctx) => {
    for (const line of ownCookies) ctx.append('Set-Cookie', line);
    ctx.body = streamOf([Buffer.from('ok')]);
  },
  'body-blob': (ctx) => {
    ctx.set('Set-Cookie', [...ownCookies]);
    ctx.body = new Blob(['ok']);
  },
  'body-web-stream': (ctx) => {
    ctx.set('Set-Cookie', [...ownCookies]);
    ctx.body = new Blob(['ok']).stream();
  },
  'body-web-response': (ctx) => {
    ctx.body = new Response('ok', { headers: { 'x-other': 'y' } });
    ctx.set('Set-Cookie', [...ownCookies]);
  },
  'raw-set-header': (ctx) => {
    ctx.res.setHeader('Set-Cookie', [...ownCookies]);
    ctx.body = 'ok';
  },
};

/** An argument of the call that answers touches the session: by Koa, and by node:http where Koa leaves it to the app. */
export const koaLateForms: Readonly<Record<string, Page>> = {
  ...Object.fromEntries(
    Object.entries(nodeLateForms).map(([form, send]): [string, Page] => [
      form,
      (ctx) => {
        ctx.respond = false;
        ctx.status = 200;
        send(ctx.res, ctx.session);
      },
    ]),
  ),
  'raw-without-telling-koa': (ctx) => {
    ctx.status = 200;
    ctx.res.end(late(ctx.session));
  },
  body: (ctx) => {
    ctx.body = late(ctx.session);
  },
  'set-header': (ctx) => {
    ctx.set('x-late', late(ctx.session));
    ctx.body = 'late';
  },
};

const mounted = mount(mountedHandler, contractOrigin);
const guard = requireSignIn();

/** Behind `csrf()`, after a body parser as Koa apps use them: it leaves the fields in `ctx.request.body`. */
function guarded(check: Middleware): Middleware {
  return async (ctx, next) => {
    const fields = fieldsOf(await text(ctx.req));
    Object.assign(ctx.request, { body: fields });
    await check(ctx, async () => {
      if (ctx.method === 'POST') ctx.session.data['guarded'] = true;
      ctx.body = fields;
      await next();
    });
  };
}

const pages: Readonly<Record<string, Middleware>> = {
  '/plain': (ctx) => {
    ctx.body = 'plain';
  },
  '/visits': (ctx) => {
    const { data } = ctx.session;
    data['visits'] = Number(data['visits'] ?? 0) + 1;
    ctx.body = data;
  },
  '/read': (ctx) => {
    ctx.body = { ...ctx.session.data };
  },
  '/write': (ctx) => {
    ctx.session.data[String(ctx.query['key'])] = ctx.query['value'];
    ctx.status = 303;
    ctx.redirect('/read');
  },
  ...Object.fromEntries(
    Object.entries(koaLateForms).map(([form, page]): [string, Middleware] => [
      `/late/${form}`,
      (ctx) => page(ctx),
    ]),
  ),
  ...Object.fromEntries(
    sessionCalls.map((call): [string, Middleware] => [
      `/unawaited/${call}`,
      (ctx) => {
        beginCall(ctx.session, call);
        ctx.body = 'ok';
      },
    ]),
  ),
  '/headers': (ctx) => {
    const { status, headers } = headersPage(ctx.session, ctx.url);
    ctx.body = status === 304 ? null : 'ok';
    ctx.status = status;
    for (const [name, value] of headers) ctx.set(name, value);
  },
  '/csrf': (ctx) => {
    ctx.body = csrfTokens(ctx.session);
  },
  '/stream': (ctx) => {
    ctx.session.data['streamed'] = true;
    ctx.body = streamOf(threeChunks());
  },
  '/big': (ctx) => {
    ctx.session.data['big'] = true;
    ctx.body = streamOf(bigChunks());
  },
  '/endless': (ctx) => {
    ctx.session.data['endless'] = true;
    ctx.body = streamOf(endlessChunks());
  },
  '/events': (ctx) => {
    ctx.set('content-type', 'text/event-stream');
    ctx.body = eventStream();
  },
  '/early': async (ctx) => {
    ctx.session.data['early'] = true;
    ctx.status = 201;
    ctx.set('x-early', 'yes');
    ctx.flushHeaders();
    await nextTurn();
    ctx.body = 'early';
  },
  '/empty': (ctx) => {
    ctx.session.data['empty'] = true;
    ctx.status = 204;
  },
  '/throw': (ctx) => {
    ctx.session.data['thrown'] = true;
    throw new Error('broken page');
  },
  '/reject': async (ctx) => {
    ctx.session.data['rejected'] = true;
    await nextTurn();
    throw new Error('broken page');
  },
  '/unstorable': (ctx) => {
    ctx.session.data['bad'] = 1n;
    ctx.body = 'ok';
  },
  '/private': (ctx, next) =>
    guard(ctx, async () => {
      ctx.body = 'private';
      const caching = askedCaching(ctx.url);
      if (caching !== null) ctx.set('Cache-Control', caching);
      await next();
    }),
  '/echo': async (ctx) => {
    ctx.session.data['echoed'] = true;
    ctx.body = fieldsOf(await text(ctx.req));
  },
  '/guarded': guarded(csrf({ trustedOrigins: [trustedOrigin] })),
  '/guarded-always': guarded(csrf({ tokens: 'always' })),
  '/mounted': mounted,
};

/** The pages of the adapter contract for Koa; see `pages.md` there. */
export const koaRoutes: Middleware = (ctx, next) => {
  const form = koaCookieForms[ctx.path.replace('/cookies/', '')];
  if (form === undefined) return pages[ctx.path]?.(ctx, next) ?? next();
  ctx.session.data['seen'] = true;
  return form(ctx);
};
