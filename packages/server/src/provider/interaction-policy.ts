import { interactionPolicy } from 'oidc-provider';

const { Check, Prompt, base } = interactionPolicy;

/** Who may enter which app, as far as the provider asks. */
export type MayEnter = (accountId: string, app: string) => Promise<boolean>;

/**
 * The provider's own policy with one prompt between login and consent: the account must be active and granted the app. It
 * cannot be asked for in a request, and with `prompt=none` the app is told `access_denied`.
 */
export function createInteractionPolicy(mayEnter: MayEnter): interactionPolicy.DefaultPolicy {
  const policy = base();
  const noAccess = new Check(
    'no_access',
    'the account may not enter this app',
    'access_denied',
    async (ctx) => {
      const { account, client } = ctx.oidc;
      const granted =
        account !== undefined &&
        client !== undefined &&
        (await mayEnter(account.accountId, client.clientId));
      return granted ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
    },
  );
  policy.add(new Prompt({ name: 'access', requestable: false }, noAccess), 1);
  return policy;
}
