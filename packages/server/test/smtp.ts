import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A mail as the server took it. */
export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Everything after DATA. */
  readonly raw: string;
  readonly isEncrypted: boolean;
  readonly user: string | null;
}

/** A real SMTP server on a free port of 127.0.0.1. */
export interface TestSmtp {
  readonly port: number;
  readonly taken: readonly TakenMail[];
  /** Breaks off what is under way and listens no more. */
  stop(): Promise<void>;
}

/** An answer other than 2xx. */
export function smtpError(responseCode: number): Error {
  return Object.assign(new Error(`no (${responseCode})`), { responseCode });
}

/** `port`: one that another had before. Without TLS and passwords unless the options say so. */
export async function startSmtp(options: SMTPServerOptions = {}, port = 0): Promise<TestSmtp> {
  const taken: TakenMail[] = [];
  const server = new SMTPServer({
    logger: false,
    authOptional: true,
    closeTimeout: 50,
    disabledCommands: options.key === undefined ? ['STARTTLS'] : [],
    onData(stream, { envelope, secure, user }, callback) {
      void text(stream).then((raw) => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        taken.push({
          from,
          to,
          raw,
          isEncrypted: secure,
          user: user === undefined ? null : String(user),
        });
        callback(null);
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  return {
    port: (server.server.address() as AddressInfo).port,
    taken,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** A key and a certificate for `localhost`, which is its own authority. */
export function makeCertificate(): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-certificate-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...name, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  const made = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true });
  return made;
}
