import type { ConfirmRoutesDeps } from './registration/confirm-routes.ts';
import { showConfirm, takeConfirm } from './registration/confirm-routes.ts';
import { invitationPath } from './registration/invitations.ts';
import type { RegisterRoutesDeps } from './registration/register-routes.ts';
import { showRegister, takeRegister } from './registration/register-routes.ts';
import { confirmPath, registerPath } from './registration/registrations.ts';
import type { Handler, Route } from './route.ts';

/** What asking for an account and making it need. */
export interface RegistrationRoutesDeps extends RegisterRoutesDeps, ConfirmRoutesDeps {
  readonly registrations: RegisterRoutesDeps['registrations'] & ConfirmRoutesDeps['registrations'];
  readonly platform: ConfirmRoutesDeps['platform'];
}

/** The pages of registration. `addressOf`: from where a request comes. */
export function mountRegistration(
  route: Route,
  deps: RegistrationRoutesDeps,
  addressOf: (c: Parameters<Handler>[1]) => string,
): void {
  route(registerPath, {
    GET: (request) => showRegister(deps, request),
    POST: (request, c) => takeRegister(deps, request, addressOf(c)),
  });
  for (const [path, purpose] of [
    [confirmPath, 'confirm-registration'],
    [invitationPath, 'invitation'],
  ] as const) {
    route(path, {
      GET: (request) => showConfirm(deps, request, purpose),
      POST: (request, c) => takeConfirm(deps, request, { purpose, clientAddress: addressOf(c) }),
    });
  }
}
