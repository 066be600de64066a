import { invalidOption, requireTexts } from '../option-rules.ts';

/** At least two labels, the last of which is no number: an address in figures is no domain. */
const domainPattern = /^(?:[a-z0-9-]+\.)+(?=[a-z0-9-]*[a-z])[a-z0-9-]+$/;

/** Domains as they follow the @ of an address, at least one: lower case, A-labels. `where` names the option. */
export function requireEmailDomains(domains: unknown, where: string): readonly string[] {
  const names = requireTexts(domains, where);
  if (names.length === 0) {
    throw invalidOption(`${where} is empty: it would fit nobody. Leave it out for all domains.`);
  }
  return Object.freeze(names.map((name, index) => requireEmailDomain(name, `${where}[${index}]`)));
}

function requireEmailDomain(name: string, where: string): string {
  const host = URL.canParse(`https://${name}`) ? new URL(`https://${name}`) : null;
  const isBare = host?.href === `https://${host?.hostname}/` && !/[/?#@:*\s]/.test(name);
  if (host !== null && isBare && domainPattern.test(host.hostname)) return host.hostname;
  throw invalidOption(
    `${where} must be a domain as it follows the @ of an address: 'kittens.example', without @ and *.`,
  );
}
