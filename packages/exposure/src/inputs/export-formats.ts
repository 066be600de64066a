import { azure } from './azure.ts';
import { certificateLog } from './certificate-log.ts';
import { cloudflare } from './cloudflare.ts';
import { discovery } from './discovery.ts';
import type { ExportFormat } from './export-format.ts';
import { googleCloud } from './google-cloud.ts';
import { octodns } from './octodns.ts';
import { recordList } from './record-list.ts';
import { route53 } from './route53.ts';
import { terraform } from './terraform.ts';

/** Every export, the most telling shape first. */
export const exportFormats: readonly ExportFormat[] = [
  ...[route53, cloudflare, terraform, azure, googleCloud, certificateLog, recordList],
  ...[discovery, octodns],
];
