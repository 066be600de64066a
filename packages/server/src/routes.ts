import { getConnInfo } from '@hono/node-server/conninfo';
import type { Platform } from '@latchkey/session';
import { createHostCheck, loginSignedOutPath, type TrustedProxies } from '@latchkey/session/parts';
import { type Context, Hono } from 'hono';
import {
  type AccountApprovalDeps,
  showAccountDecision,
  takeAccountDecision,
} from './approvals/account-routes.ts';
import { showApprovals, showDecision, takeDecision } from './approvals/approval-routes.ts';
import { askForAccess } from './approvals/ask-route.ts';
import { onwardPath, showOnward } from './browser/onward-route.ts';
import { seeOther } from './browser/return-to.ts';
import type { Visitor } from './browser/visitor.ts';
import {
  type DeviceRoutesDeps,
  devicesPath,
  showDevices,
  signOutDevice,
  signOutDevicePath,
  signOutOthers,
  signOutOthersPath,
} from './devices/device-routes.ts';
import type { ExposureGuard } from './exposure-guard/exposure-guard.ts';
import {
  exposureHtmlPath,
  exposureJsonPath,
  exposurePath,
  showExposure,
  showExposureHtml,
  showExposureJson,
} from './exposure-guard/exposure-routes.ts';
import { pausedPath, showPaused } from './exposure-guard/paused-route.ts';
import type { DevelopmentMailbox } from './mail/development-mailbox.ts';
import type { MailQueue } from './mail/mail-queue.ts';
import { mailboxPath, showMail, showMailbox } from './mail/mailbox-routes.ts';
import { outageOf } from './outage.ts';
import { accountApprovalPath } from './pages/account-approval-page.ts';
import { approvalPath } from './pages/approvals-page.ts';
import { approvalsPath } from './pages/approvals-path.ts';
import { type Assets, assetAnswer } from './pages/assets.ts';
import { type HomeLink, signedInHome, signedOutHome } from './pages/home-page.ts';
import { messages, wrongHost } from './pages/messages.ts';
import { askForAccessPath } from './pages/no-access-page.ts';
import type { PageMaker } from './pages/page.ts';
import { forgotPath, resetPath } from './password-reset/password-reset.ts';
import {
  type ResetRoutesDeps,
  showForgotPassword,
  showResetPassword,
  takeForgotPassword,
  takeResetPassword,
} from './password-reset/reset-routes.ts';
import type { LoginProvider } from './provider/create-provider.ts';
import { mountProvider } from './provider-routes.ts';
import { mountRegistration, type RegistrationRoutesDeps } from './registration-routes.ts';
import type { AnsweredRequest, RequestContext } from './request-context.ts';
import type { Route, RouteEnv } from './route.ts';
import { type HandshakeDeps, handshake } from './sign-in/handshake-route.ts';
import { type NoAccessDeps, noAccessPath, showNoAccess } from './sign-in/no-access-route.ts';
import { type SignInRoutesDeps, showSignIn, takeSignIn } from './sign-in/sign-in-routes.ts';
import { type NoticeRoutesDeps, noticesPath, showNotices } from './sign-out/notice-routes.ts';
import { appSignOut, type SignOutRoutesDeps, signOut } from './sign-out/sign-out-routes.ts';
import { endOthers, type SignedOutDeps, signedOut } from './sign-out/signed-out-route.ts';

/** What the routes need: each capability's own, and what all share. */
export interface RouteDeps
  extends SignInRoutesDeps,
    RegistrationRoutesDeps,
    ResetRoutesDeps,
    HandshakeDeps,
    Omit<SignOutRoutesDeps, 'signIns'>,
    Omit<SignedOutDeps, 'signIns' | 'tickets'>,
    Omit<DeviceRoutesDeps, 'signIns'>,
    Omit<NoticeRoutesDeps, 'now'>,
    NoAccessDeps,
    Omit<AccountApprovalDeps, 'now'> {
  readonly signIns: HandshakeDeps['signIns'] &
    DeviceRoutesDeps['signIns'] &
    SignedOutDeps['signIns'];
  readonly page: PageMaker;
  readonly platform: Platform;
  readonly recognise: (request: Request) => Promise<Visitor>;
  /** The apps an account may enter now, and the others. */
  readonly appsOf: (accountId: string) => Promise<Parameters<typeof signedInHome>[1]>;
  readonly provider: LoginProvider;
  /** Null but in development without a mail server. */
  readonly mailbox: DevelopmentMailbox | null;
  readonly mails: MailQueue;
  /** Null where nothing is checked: its pages are not there. */
  readonly guard: ExposureGuard | null;
  /** What a request says of its client's address, with the proxies of this installation. */
  readonly clientAddress: TrustedProxies['clientAddress'];
  /** Answers a request of a client: events say from where it came, and pages speak its language. */
  readonly answering: RequestContext['answering'];
  readonly assets: Assets;
  /** Resolves when store and database answer. */
  readonly ready: () => Promise<void>;
}

/** Every route of the login host. Handlers are `Request` to `Response`; Hono only finds them. */
export function createRoutes(deps: RouteDeps): Hono<RouteEnv> {
  const app = new Hono<RouteEnv>();
  const acceptsHost = createHostCheck(deps.family.loginHost.origin);
  app.get('/health/live', () => plain(200, 'ok'));
  app.get('/health/ready', () => readiness(deps));
  app.use((c, next) => deps.answering(asked(deps, c), next));
  app.use(async (c, next) => {
    const host = c.req.raw.headers.get('host') ?? '';
    if (acceptsHost(host)) return next();
    return deps.page(wrongHost(host.slice(0, 255), deps.family.loginHost.host));
  });
  const route: Route = (path, methods) => {
    app.all(
      path,
      (c) =>
        methods[c.req.method === 'HEAD' ? 'GET' : c.req.method]?.(c.req.raw, c) ??
        deps.page(messages.method),
    );
  };
  route('/', { GET: (request) => home(deps, request) });
  route('/sign-in', {
    GET: (request) => showSignIn(deps, request),
    POST: (request, c) => takeSignIn(deps, request, clientAddress(deps, c)),
  });
  route('/handshake', {
    GET: (request, c) => handshake(deps, request, clientAddress(deps, c)),
  });
  route(onwardPath, { GET: (request) => showOnward(deps, request) });
  route(noAccessPath, { GET: (request) => showNoAccess(deps, request) });
  route(askForAccessPath, { POST: (request) => askForAccess(deps, request) });
  mountApprovals(route, deps);
  route('/sign-out', {
    GET: () => deps.page(messages.confirmSignOut),
    POST: (request) => signOut(deps, request),
  });
  route(loginSignedOutPath, {
    GET: (request) => signedOut(deps, request),
    POST: (request) => endOthers(deps, request),
  });
  route(devicesPath, { GET: (request) => showDevices(deps, request) });
  route(signOutDevicePath, { POST: (request) => signOutDevice(deps, request) });
  route(signOutOthersPath, { POST: (request) => signOutOthers(deps, request) });
  route('/_latchkey/app-sign-out', { POST: (request) => appSignOut(deps, request) });
  route(pausedPath, { GET: (request) => showPaused(deps, request) });
  mountPasswordReset(route, deps);
  mountExposure(route, deps);
  mountRegistration(route, deps, (c) => clientAddress(deps, c));
  mountMailbox(app, deps);
  route(noticesPath, {
    GET: (request) => showNotices({ ...deps, now: deps.platform.now }, request),
  });
  for (const asset of Object.values(deps.assets)) {
    route(asset.path, { GET: () => assetAnswer(asset) });
  }
  mountProvider(app, deps);
  app.notFound(() => deps.page(messages.notFound));
  app.onError((error) => failed(deps, error));
  return app;
}

function mountApprovals(route: Route, deps: RouteDeps): void {
  const parts = { ...deps, now: deps.platform.now };
  route(approvalsPath, { GET: (request) => showApprovals(parts, request) });
  route(accountApprovalPath, {
    GET: (request) => showAccountDecision(parts, request),
    POST: (request) => takeAccountDecision(parts, request),
  });
  route(approvalPath, {
    GET: (request) => showDecision(parts, request),
    POST: (request) => takeDecision(parts, request),
  });
}

function mountExposure(route: Route, deps: RouteDeps): void {
  const { guard, platform } = deps;
  if (guard === null) return;
  const parts = { ...deps, guard, now: platform.now };
  route(exposurePath, { GET: (request) => showExposure(parts, request) });
  route(exposureHtmlPath, { GET: (request) => showExposureHtml(parts, request) });
  route(exposureJsonPath, { GET: (request) => showExposureJson(parts, request) });
}

function mountPasswordReset(route: Route, deps: RouteDeps): void {
  route(forgotPath, {
    GET: () => showForgotPassword(deps),
    POST: (request, c) => takeForgotPassword(deps, request, clientAddress(deps, c)),
  });
  route(resetPath, {
    GET: (request) => showResetPassword(deps, request),
    POST: (request) => takeResetPassword(deps, request),
  });
  // https://w3c.github.io/webappsec-change-password-url/: password managers lead people there.
  route('/.well-known/change-password', { GET: () => seeOther(forgotPath) });
}

function mountMailbox(app: Hono<RouteEnv>, { mailbox, page }: RouteDeps): void {
  if (mailbox === null) return;
  app.get(mailboxPath, () => showMailbox({ mailbox, page }));
  app.get(`${mailboxPath}/:id`, (c) => showMail({ mailbox, page }, c.req.param('id'), 'html'));
  app.get(`${mailboxPath}/:id/text`, (c) => showMail({ mailbox, page }, c.req.param('id'), 'text'));
}

async function home(deps: RouteDeps, request: Request): Promise<Response> {
  const { opened, person } = await deps.recognise(request);
  const cookies = await opened.commit();
  if (person === null) return deps.page({ ...signedOutHome(), cookies });
  const exposure: HomeLink = { page: 'exposure', href: exposurePath };
  const notices: HomeLink = { page: 'notices', href: noticesPath };
  const forAdministrators = deps.guard === null ? [notices] : [exposure, notices];
  const decidedOn = await deps.approvers.appsOf(person.accountId, [...deps.family.apps.keys()]);
  const approvals: HomeLink = { page: 'approvals', href: approvalsPath };
  const administration = [
    ...(decidedOn.length > 0 ? [approvals] : []),
    ...(person.isAdministrator ? forAdministrators : []),
  ];
  const apps = await deps.appsOf(person.accountId);
  return deps.page({
    ...signedInHome(person, apps, administration),
    cookies,
  });
}

async function readiness(deps: RouteDeps): Promise<Response> {
  try {
    await deps.ready();
    return plain(200, 'ready');
  } catch (cause) {
    deps.platform.onEvent({ type: 'login-host.not-ready', cause });
    return plain(503, 'not ready');
  }
}

function failed(deps: RouteDeps, error: Error): Promise<Response> {
  const outage = outageOf(error);
  deps.platform.onEvent(outage ?? { type: 'login-host.error', cause: error });
  return deps.page(outage === null ? messages.failed : messages.unavailable);
}

function asked(deps: RouteDeps, c: Context<RouteEnv>): AnsweredRequest {
  const acceptLanguage = c.req.raw.headers.get('accept-language');
  return { address: clientAddress(deps, c), acceptLanguage };
}

function clientAddress(deps: RouteDeps, c: Context<RouteEnv>): string {
  const forwardedFor = c.req.raw.headers.get('x-forwarded-for');
  return deps.clientAddress(getConnInfo(c).remote.address, forwardedFor);
}

function plain(status: number, text: string): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' },
  });
}
