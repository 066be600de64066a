import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The file of each folder, below `packages/`, that opens with what the folder owns and what it leaves to whom. */
const mainFiles: Readonly<Record<string, string>> = {
  'cli/src': 'program.ts',
  'exposure/src': 'exposure.ts',
  'exposure/src/dns': 'resolver.ts',
  'exposure/src/inputs': 'read-inputs.ts',
  'exposure/src/live': 'run.ts',
  'exposure/src/report': 'text.ts',
  'express-session/src': 'middleware.ts',
  'server/src': 'login-host.ts',
  'server/src/access': 'access.ts',
  'server/src/accounts': 'accounts.ts',
  'server/src/approvals': 'approval-routes.ts',
  'server/src/browser': 'visitor.ts',
  'server/src/database': 'open-database.ts',
  'server/src/database/tables': 'accounts.ts',
  'server/src/devices': 'device-routes.ts',
  'server/src/exposure-guard': 'exposure-guard.ts',
  'server/src/limits': 'limits.ts',
  'server/src/mail': 'mail-queue.ts',
  'server/src/one-time-links': 'one-time-links.ts',
  'server/src/outbox': 'outbox.ts',
  'server/src/pages': 'page.ts',
  'server/src/pages/languages': 'choose-language.ts',
  'server/src/pages/style': 'base.ts',
  'server/src/password-reset': 'password-reset.ts',
  'server/src/provider': 'create-provider.ts',
  'server/src/registration': 'registrations.ts',
  'server/src/sign-in': 'sign-in-routes.ts',
  'server/src/sign-out': 'end-sign-in.ts',
  'session/src': 'index.ts',
  'session/src/adapters': 'enter-app.ts',
  'session/src/answers': 'refusal-page.ts',
  'session/src/app': 'family-app.ts',
  'session/src/config': 'define-family.ts',
  'session/src/cookie': 'scope.ts',
  'session/src/cookie-store': 'cookie-store.ts',
  'session/src/handshake': 'token.ts',
  'session/src/hop': 'arrival.ts',
  'session/src/http': 'http-exchange.ts',
  'session/src/lifecycle': 'sessions.ts',
  'session/src/peer-handshake': 'peer-handshake.ts',
  'session/src/request-guard': 'unsafe-request.ts',
  'session/src/session-id': 'session-id.ts',
  'session/src/session-object': 'session.ts',
  'session/src/store': 'open-store.ts',
  'session/src/store/compact': 'record.ts',
  'session/src/store/lease': 'lease.ts',
  'session/src/store/postgres': 'postgres.ts',
  'session/src/store/redis': 'redis.ts',
  'session/src/store/sqlite': 'sqlite.ts',
  'sso/src': 'relying-party.ts',
  'sso/src/back-channel': 'back-channel-logout.ts',
  'sso/src/sign-in': 'sign-in-routes.ts',
  'sso/src/sign-out': 'end-everywhere.ts',
  'testkit/src': 'index.ts',
  'testkit/src/adapter-contract': 'contract.ts',
  'testkit/src/store-contract': 'contract.ts',
};

/** The folders of source without a main file in the list, or whose main file does not open with three to five lines of comment. */
export function checkMainFiles(root: string): string[] {
  const sources = globSync('packages/*/src/**/*.ts', { cwd: root });
  const folders = new Set(sources.map((file) => dirname(file).replaceAll('\\', '/')));
  return [...folders].sort().flatMap((folder) => {
    const main = mainFiles[folder.replace(/^packages\//, '')];
    if (main === undefined) return [`${folder} has no main file in tools/main-files.ts`];
    const path = join(root, folder, main);
    if (!existsSync(path)) return [`${folder} has no ${main}, its main file`];
    const lines = openingLines(readFileSync(path, 'utf8'));
    return lines >= 3 && lines <= 5
      ? []
      : [`${folder}/${main} does not open with three to five lines on what the folder owns`];
  });
}

/** How many lines of comment a file begins with. */
function openingLines(text: string): number {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('// '));
  return end === -1 ? lines.length : end;
}
