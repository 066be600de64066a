/** What is said on the command line. */
export interface ExposureOptions {
  readonly config?: string;
  readonly zone?: readonly string[];
  readonly origin?: string;
  readonly axfr?: readonly string[];
  readonly hosts?: readonly string[];
  readonly ct?: readonly string[];
  readonly route53?: readonly string[];
  readonly cloudflare?: readonly string[];
  readonly export?: readonly string[];
  readonly includeFolder?: readonly string[];
  readonly offline?: boolean;
  readonly resolver?: readonly string[];
  readonly cookie?: string;
  readonly har?: string;
  readonly cookieName?: string;
  readonly cookieHost?: string;
  readonly app?: readonly string[];
  readonly ownDomain?: readonly string[];
  readonly ownRange?: readonly string[];
  readonly accept?: readonly string[];
  readonly lists?: string;
  readonly baseline?: string;
  readonly report?: string;
  readonly failOn?: 'low' | 'medium' | 'high' | 'critical';
  readonly json?: boolean;
  readonly sarif?: boolean;
  readonly html?: boolean;
  readonly out?: string;
}
