import type { Cookie } from './cookie.ts';
import type { HostReport } from './exposure-report.ts';
import type { Migration, ScopeChoice } from './scope-choice.ts';

/** What to do in which order so that nobody is signed out by accident and no old cookie stays behind. */
export function planMigration(
  cookie: Cookie,
  choice: Pick<ScopeChoice, 'kind' | 'domain' | 'tldLength' | 'reach'>,
  readers: readonly HostReport[],
): Migration {
  const key = cookie.name.replace(/^__(?:host-http|host|secure|http)-/i, '');
  const isPerApp = choice.domain === null && cookie.origin === 'configured';
  const bare = isPerApp ? `${key}_<app>` : key;
  const name = `${choice.domain === null ? '__Host-' : '__Secure-'}${bare}`;
  return {
    old: { name: cookie.name, domain: cookie.domain, path: cookie.path ?? '/' },
    new: { name, domain: choice.domain, path: '/' },
    config: configText(cookie, key, choice.domain),
    steps: steps(cookie, choice, readers),
  };
}

function configText(cookie: Cookie, key: string, domain: string | null): string {
  const isPrefixed = cookie.name !== key;
  const former = [
    ...(cookie.domain === null ? [] : [`domain: '${cookie.domain}'`]),
    ...(isPrefixed ? [] : ["prefix: 'none'"]),
  ].join(', ');
  const today = domain === null ? '' : `domain: '${domain}', `;
  return `session: { key: '${key}', ${today}former: [{ ${former} }] }`;
}

function steps(
  cookie: Cookie,
  { kind, domain, reach }: Pick<ScopeChoice, 'kind' | 'domain' | 'reach'>,
  readers: readonly HostReport[],
): readonly string[] {
  const apps = Object.entries(reach).map(([app, way]) => `${app}: '${way}'`);
  const reaches = apps.length === 0 ? '' : ` Reach of the apps: ${apps.join(', ')}.`;
  const old = `${cookie.name}${cookie.domain === null ? '' : ` with Domain=${cookie.domain}`}`;
  const change =
    domain === null
      ? [
          `Give every app its host-only cookie, with the old one (${old}) under \`former\`: it is cleared and opens nothing there. Whoever is signed in comes back by one redirect, without a password.${reaches}`,
        ]
      : [
          'Deploy every app with the new cookie under `former` of the old one, so that all of them know both.',
          `Change places: the new cookie is set, the old one (${old}) is under \`former\`, read and cleared.${reaches}`,
        ];
  return [
    ...(kind === 'dedicated-parent'
      ? [`Serve every app below ${domain ?? ''} as well, with certificates.`]
      : []),
    ...change,
    'Leave the former cookie there for as long as a sign-in may last (absoluteSeconds, 30 days by default); the event cookie.former tells of each that was taken.',
    ...(readers.length === 0
      ? []
      : [
          `End the sign-ins that were open under the old cookie: ${readers.length === 1 ? 'one foreign host' : `${readers.length} foreign hosts`} could read their ids.`,
        ]),
    'Run the check again, and keep it in CI.',
  ];
}
