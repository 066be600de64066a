import family from '@latchkey-example/family';
import { createDevelopmentFetch } from '@latchkey-example/family/development-fetch';
import { portOf, serveUntilStopped } from '@latchkey-example/family/serve';
import { createBlog } from './app.ts';

const platform = { fetch: createDevelopmentFetch() };
const { app, store } = await createBlog({ family, platform });
const service = {
  listen: async (port: number) => {
    await app.listen({ port, host: '127.0.0.1' });
  },
  close: async () => {
    await app.close();
    await store.close();
  },
};
await serveUntilStopped(service, portOf(family, 'blog'));
