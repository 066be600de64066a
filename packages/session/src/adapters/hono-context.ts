import type { Context } from 'hono';
import type { AppHandler } from '../http/http-exchange.ts';
import type { Session } from '../session-object/session.ts';

/** Give it to `new Hono<LatchkeyEnv>()` to have `c.get('session')` typed. */
export interface LatchkeyEnv {
  Variables: { session: Session };
}

const handlerKey: unique symbol = Symbol('latchkey handler');

type Entered = Context<LatchkeyEnv> & { [handlerKey]?: AppHandler };

/** For `requireSignIn()` and `csrf()`, which stand behind `latchkey(...)`. Not a variable of the app's: it is nobody else's. */
export function noteHandler(c: Context<LatchkeyEnv>, handler: AppHandler): void {
  (c as Entered)[handlerKey] = handler;
}

/** Undefined where `latchkey(...)` did not come before. */
export function handlerIn(c: Context<LatchkeyEnv>): AppHandler | undefined {
  return (c as Entered)[handlerKey];
}
