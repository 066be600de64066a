import { exportFormats } from './export-formats.ts';
import { objectOf, parseJson } from './json-shape.ts';

/** What can be read, for whoever has something else. */
export const exportAdvice: string = `What is read: a zone file as BIND has it, a list of hosts or URLs, ${exportFormats
  .map(({ name }) => name)
  .join(', ')}.`;

/** Other things that people give, and what to export instead. */
const otherFormats: readonly (readonly [RegExp, string])[] = [
  [/^\s*<(?:!doctype html|html)/i, 'It is a web page: download the export itself.'],
  [/^\s*<\?xml|^\s*</, 'It is XML: ask the tool for JSON, or transfer the zone (--axfr).'],
  [
    /^\s*(?:resource|data|module|provider|terraform|variable|locals)\s*(?:"[^"]*"\s*)*\{/m,
    'It is the source of Terraform: give what terraform show -json prints.',
  ],
  [
    /^\s*(?:zone|options|view|acl)\s+(?:"[^"]*"\s*)?(?:in\s*)?\{/im,
    'It is the configuration of a name server: give the zone files that it names.',
  ],
  [
    /^[.&=+^CZ@'-][a-z0-9.*-]+:[^\s]*:/im,
    'It is the data of tinydns: transfer the zone (--axfr), or list it with tcpclient and axfr-get.',
  ],
  [
    /AWSTemplateFormatVersion|AWS::Route53/,
    'It is a CloudFormation template: give what aws route53 list-resource-record-sets prints.',
  ],
  [
    /^\s*(?:D|REV)\s*\(|require\(['"]dnscontrol/m,
    'It is dnsconfig.js: give what dnscontrol get-zones --format=zone prints.',
  ],
  [
    /^\s*(?:providers|manager):\s*$/m,
    "It is octoDNS's own configuration: give the YAML of the zone.",
  ],
];

/** What a text is that no reader takes, with what to give instead; null where it is nothing that is known. */
export function otherInput(text: string): string | null {
  const start = text.slice(0, 20_000);
  const json = /^\s*\{/.test(start) ? parseJson(text) : null;
  const root = json?.kind === 'json' ? objectOf(json.value) : null;
  if (objectOf(root?.['log'])?.['entries'] !== undefined)
    return 'It is a recording of a browser: give it with --har.';
  return otherFormats.find(([form]) => form.test(start))?.[1] ?? null;
}
