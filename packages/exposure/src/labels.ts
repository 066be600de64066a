import type { Character, JudgedHost } from './character.ts';
import type { Power } from './exposure-report.ts';
import type { HostSurvey } from './host-survey.ts';

const longestChain = 6;

/** What is wrong with a host, in one sentence or two. `powers`: of whoever answers there. */
export function hostMessage(judged: JudgedHost, powers: readonly Power[]): string {
  if (judged.character.kind === 'unknown') return unknownWords(judged.survey);
  const cause = causeWords(judged);
  if (powers.length === 0) return `${cause} Nobody answers there.`;
  return `${cause} Whoever answers there can ${listWords(powers)} the cookie.`;
}

function causeWords({ survey, character, rule }: JudgedHost): string {
  const { kind, operator, known } = character;
  const name = survey.name;
  const way = chainWords(operator.chain);
  const who = operator.firm ?? operator.site ?? 'somebody';
  const tracker = known?.kind === 'tracker' ? ', a known tracker' : '';
  if (kind === 'delegated') {
    const servers = survey.delegation?.servers.slice(0, 3).join(', ') ?? '';
    return `The zone ${survey.delegation?.zone ?? name} is delegated to name servers outside the family (${servers}).`;
  }
  if (kind === 'dangling') return danglingWords(survey, character);
  if (rule === 'proxy' || (known?.kind === 'proxy' && kind === 'third-party')) {
    return `${name} is served through ${who}${way}: TLS ends there.`;
  }
  if (operator.site === null) {
    return `${name} has an address outside the declared ranges (${survey.addresses.slice(0, 3).join(', ')}).`;
  }
  if (kind === 'wildcard') {
    return `Every name below ${name.slice(2)} that has no record of its own leads to ${who}${tracker}${way}.`;
  }
  return `${name} is answered by ${who}${tracker}${way}${recordWords(survey)}.`;
}

/** Which record says so, where it is none that everybody looks at. */
function recordWords({ chain }: HostSurvey): string {
  const hop = chain.find(({ kind }) => kind === 'https' || kind === 'svcb');
  return hop === undefined ? '' : `, by the ${hop.kind.toUpperCase()} record of ${hop.from}`;
}

function danglingWords({ name, outcome }: HostSurvey, { operator, whenRead }: Character): string {
  const target = operator.chain.at(-1) ?? '';
  if (outcome !== 'nxdomain') {
    const service = operator.firm ?? operator.site ?? '';
    return `${name} points at ${target} (${service}), where names that were given up can be claimed by anybody: it may dangle. Not verified: whether this one is still held, DNS did not say.`;
  }
  const whose =
    whenRead === 'low'
      ? 'a name of your own that does not exist'
      : 'a name that does not exist and that others may come to hold';
  return `${name} points at ${target}, ${whose}.`;
}

function unknownWords({ name, outcome, chain }: HostSurvey): string {
  const way = chainWords(chain.map(({ to }) => to));
  const what: Readonly<Record<string, string>> = {
    loop: `${name} leads in a circle${way}.`,
    'too-long': `${name} leads through more records than resolvers follow${way}.`,
    servfail: `Name servers failed to answer for ${name}${way} (SERVFAIL).`,
    refused: `Name servers refused to answer for ${name}${way} (REFUSED).`,
    timeout: `Nobody answered for ${name}${way} in time.`,
  };
  return what[outcome] ?? `${name} was not looked up: nothing is known of it offline.`;
}

function chainWords(chain: readonly string[]): string {
  if (chain.length === 0) return '';
  const shown = chain.slice(0, longestChain).join(' > ');
  return ` (via ${shown}${chain.length > longestChain ? ' > …' : ''})`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listWords(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}
