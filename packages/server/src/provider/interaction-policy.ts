import type { IncomingMessage } from 'node:http';
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { RequestContext } from './request-context.ts';
import type { RequestViews } from './request-view.ts';

const { Check, Prompt } = interactionPolicy;
type CheckFunction = (ctx: KoaContextWithOIDC) => boolean | Promise<boolean>;

/** What the policy asks. */
export interface PolicyDeps {
  readonly views: Pick<RequestViews, 'of'>;
  readonly contextOf: (incoming: IncomingMessage) => RequestContext;
  readonly now: () => number;
}

/** The check that a hint of somebody else fails. */
export const otherPersonReason = 'other_person';

/**
 * What an authorization request needs before it is answered, in this order: a proof, by the person that the app means, and
 * access to the app. With `prompt=none` the app is told `login_required` or `access_denied`. Apps of the family need no
 * consent, also where they ask for the page.
 */
export function createInteractionPolicy(deps: PolicyDeps): interactionPolicy.Prompt[] {
  return [
    createLoginPrompt(deps),
    new Prompt({ name: 'access', requestable: false }, accessCheck(deps.views)),
    withoutOwnCheck(new Prompt({ name: 'consent', requestable: true })),
  ];
}

/**
 * `prompt=login` and `max_age` are met by a proof after the form was shown for this very request. `acr_values` is a wish
 * that any proof meets (OpenID Connect Core 1.0, 5.5.1.1).
 */
function createLoginPrompt({ contextOf, now }: PolicyDeps): interactionPolicy.Prompt {
  const check = (reason: string, text: string, asks: CheckFunction) =>
    new Check(reason, text, 'login_required', async (ctx) =>
      (await asks(ctx)) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT,
    );
  return withoutOwnCheck(
    new Prompt(
      { name: 'login', requestable: true },
      check('no_session', 'nobody is signed in', ({ req }) => contextOf(req).signIn === null),
      check('fresh_proof', 'the app asked for a fresh proof', ({ req, oidc }) => {
        const context = contextOf(req);
        return oidc.prompts.has('login') && !isProvedSince(context);
      }),
      check('max_age', 'the last proof is too old', ({ req, oidc }) => {
        const context = contextOf(req);
        const maxAge = oidc.params?.['max_age'];
        if (maxAge === undefined || context.signIn === null) return false;
        return now() - context.signIn.provedAt > Number(maxAge) * 1000 && !isProvedSince(context);
      }),
      check(otherPersonReason, 'somebody else is signed in', ({ req, oidc }) => {
        const { signIn, wish } = contextOf(req);
        const meant = oidc.entities['IdTokenHint']?.['payload']?.['sub'];
        if (meant === undefined || signIn === null || meant === signIn.accountId) return false;
        if (wish === 'back') throw new errors.LoginRequired('somebody else is signed in');
        return true;
      }),
    ),
  );
}

/** The provider lets a requestable prompt be resolved by a row of its own alone. */
function withoutOwnCheck(prompt: interactionPolicy.Prompt): interactionPolicy.Prompt {
  prompt.checks.remove(`${prompt.name}_prompt`);
  return prompt;
}

function isProvedSince({ signIn, askedAt }: RequestContext): boolean {
  return signIn !== null && askedAt !== null && signIn.provedAt > askedAt;
}

function accessCheck(views: PolicyDeps['views']): interactionPolicy.Check {
  return new Check(
    'no_access',
    'the account may not enter this app',
    'access_denied',
    async ({ req, oidc: { account, client, session } }) => {
      if (account === undefined || client === undefined || session === undefined)
        return Check.REQUEST_PROMPT;
      const overview = await views.of(req, session.uid);
      const granted =
        overview?.account.id === account.accountId && overview.apps.has(client.clientId);
      return granted ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
    },
  );
}
