import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InteractionResults, Provider } from 'oidc-provider';
import type { SignIns, StoredSignIn } from '../sign-in/sign-ins.ts';
import type { MayEnter } from './interaction-policy.ts';
import { interactionPath, providerRoutes, signInPath } from './routes.ts';

/** What the login host does next with a browser that waits for a sign-in. */
export type InteractionOutcome =
  /** On to the provider: answer 303 to `location`. */
  | { readonly kind: 'continue'; readonly location: string }
  /** Nobody is signed in, or the app wants a fresh proof: answer 303 to `location`, a path of the login host. */
  | { readonly kind: 'sign-in-needed'; readonly location: string }
  /** The account may not enter this app: answer the 403 page. */
  | { readonly kind: 'no-access'; readonly app: string }
  /** Ran out, was used, or belongs to another browser: answer a 400 page with a way on. */
  | { readonly kind: 'expired' };

/** What {@link resumeInteraction} needs. */
export interface InteractionDeps {
  readonly provider: Provider;
  readonly signIns: Pick<SignIns, 'findLive'>;
  /** Also answers false for an account that is not active. */
  readonly mayEnter: MayEnter;
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

type Interaction = InstanceType<Provider['Interaction']>;

const uidPattern = /^[A-Za-z0-9_-]{20,64}$/;

/**
 * Goes on with an authorization request that waits at `/oidc/interaction/<uid>`. The request belongs to the browser that
 * began it: its path-bound cookie is asked for, so nobody finishes a flow that somebody else prepared (CVE-2026-7507).
 */
export async function resumeInteraction(
  deps: InteractionDeps,
  exchange: Exchange,
  signInId: string | null,
): Promise<InteractionOutcome> {
  const interaction = await findInteraction(deps.provider, exchange);
  if (interaction === null) return { kind: 'expired' };
  const signIn = signInId === null ? null : await deps.signIns.findLive(signInId);
  if (signIn === null || wantsFreshProof(interaction, signIn)) {
    return { kind: 'sign-in-needed', location: signInLocation(interaction, signIn !== null) };
  }
  const app = String(interaction.params['client_id']);
  if (!(await deps.mayEnter(signIn.accountId, app))) return { kind: 'no-access', app };
  // The provider answers "session mismatch" to a request that one sign-in began and another finishes.
  const began = interaction.session?.uid;
  if (began === undefined || began === signIn.id) return finish(interaction, signIn);
  dropInteractionCookie(deps.provider, exchange, interaction.uid);
  return restart(interaction);
}

/** The provider leaves it: a browser that signs in often would fill up with cookies of finished requests. */
export function dropInteractionCookie(provider: Provider, exchange: Exchange, uid: string): void {
  const { cookies } = provider.createContext(exchange.incoming, exchange.outgoing);
  const path = `${interactionPath}/${uid}`;
  cookies.set(provider.cookieName('interaction'), null, { httpOnly: true, sameSite: 'lax', path });
}

async function findInteraction(
  provider: Provider,
  exchange: Exchange,
): Promise<Interaction | null> {
  const { incoming, outgoing } = exchange;
  const path = (incoming.url ?? '').split('?', 1)[0] ?? '';
  const uid = path.slice(interactionPath.length + 1);
  if (!path.startsWith(`${interactionPath}/`) || !uidPattern.test(uid)) return null;
  const { cookies } = provider.createContext(incoming, outgoing);
  if (cookies.get(provider.cookieName('interaction'), { signed: true }) !== uid) return null;
  return (await provider.Interaction.find(uid)) ?? null;
}

/** `prompt=login`, `max_age` and hints of another account: only a proof that is younger than the request will do. */
function wantsFreshProof(interaction: Interaction, signIn: StoredSignIn): boolean {
  const { name, reasons } = interaction.prompt;
  if (name !== 'login' || reasons.every((reason) => reason === 'no_session')) return false;
  return signIn.provedAt < interaction.iat * 1000;
}

/** `prompt=login` asks the page to show its form although somebody is signed in. */
function signInLocation(interaction: Interaction, isSignedIn: boolean): string {
  const query = new URLSearchParams({ return_to: `${interactionPath}/${interaction.uid}` });
  if (isSignedIn) query.set('prompt', 'login');
  return `${signInPath}?${query}`;
}

/** Begins the app's request again under the sign-in that there is now. The proof it asked for has been given. */
async function restart(interaction: Interaction): Promise<InteractionOutcome> {
  await interaction.destroy();
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(interaction.params)) {
    if (typeof value === 'string' && name !== 'prompt') query.set(name, value);
  }
  const prompts = String(interaction.params['prompt'] ?? '').split(' ');
  const others = prompts.filter((prompt) => prompt !== 'login' && prompt !== '');
  if (others.length > 0) query.set('prompt', others.join(' '));
  return { kind: 'continue', location: `${providerRoutes.authorization}?${query}` };
}

async function finish(interaction: Interaction, signIn: StoredSignIn): Promise<InteractionOutcome> {
  const result: InteractionResults = {
    ...interaction.lastSubmission,
    ...(interaction.prompt.name === 'login' ? { login: loginResult(signIn) } : {}),
    // Apps of the family need no consent, also where they ask for the page.
    ...(interaction.prompt.name === 'consent' ? { consent: {} } : {}),
  };
  interaction.result = result;
  await interaction.persist();
  return { kind: 'continue', location: interaction.returnTo };
}

function loginResult(signIn: StoredSignIn): NonNullable<InteractionResults['login']> {
  return {
    accountId: signIn.accountId,
    amr: [...signIn.methods],
    ts: Math.floor(signIn.provedAt / 1000),
    remember: signIn.remembered,
  };
}
