import { sessions } from './latchkey';

export function proxy(request: Request): Promise<Response> {
  return sessions().proxy((path) => path === '/private-page')(request);
}
