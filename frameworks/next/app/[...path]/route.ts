import type { Session } from '@latchkey/session';
import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import { askedCaching } from '../../../../packages/session/test/listen.ts';
import { sessions } from '../../latchkey';
import { pages, setForm } from '../../pages';

type Context = { params: Promise<{ path: string[] }> };

async function answer(request: Request, context: Context): Promise<Response> {
  const path = `/${(await context.params).path.join('/')}`;
  if (path === '/private') {
    return sessions().protectedRoute(({ url }) => {
      const caching = askedCaching(url);
      const headers = caching === null ? {} : { 'cache-control': caching };
      return new Response('private', { headers });
    })(request, context);
  }
  if (path === '/redirecting') {
    return sessions().route((_request, session) => {
      session.data['redirected'] = true;
      redirect('/read');
    })(request, context);
  }
  return sessions().route(async (asked, session) => {
    try {
      return await dispatch(path, asked, session);
    } catch {
      return new Response('Something broke.', { status: 500 });
    }
  })(request, context);
}

async function dispatch(path: string, asked: Request, session: Session): Promise<Response> {
  if (path.startsWith('/cookies/')) session.data['seen'] = true;
  const form = setForm(path, await cookies());
  if (form !== null) return form;
  return (await pages[path]?.(session, asked)) ?? new Response('Not found.', { status: 404 });
}

export { answer as GET, answer as POST };
