import type { FamilyMail, MailRetryReason } from '@latchkey/session/parts';
import { createTransport } from 'nodemailer';
import type { MailTransport, OutgoingMail, SendResult } from './transport.ts';

/** What {@link createSmtpTransport} needs. */
export interface SmtpTransportOptions {
  readonly server: NonNullable<FamilyMail['smtp']>;
  /** How this host calls itself (EHLO). */
  readonly name: string;
  /** For a whole try. */
  readonly timeoutMilliseconds: number;
  /** PEM certificates to trust beside those of the system: for tests. */
  readonly ca?: string;
}

/** What the library says of a failure; the texts of servers are not read. */
interface SmtpFailure {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
  readonly permanent?: boolean;
  readonly originalCode?: string;
  readonly rejectedErrors?: readonly SmtpFailure[];
}

/** Hands mails over to an SMTP server (RFC 5321), a connection for each. Certificates are checked; TLS 1.2 at least. */
export function createSmtpTransport(options: SmtpTransportOptions): MailTransport {
  const { server, name, timeoutMilliseconds, ca } = options;
  const transport = createTransport({
    host: server.host,
    port: server.port,
    secure: server.tls === 'implicit',
    requireTLS: server.tls === 'required',
    ignoreTLS: server.tls === 'off',
    name,
    connectionTimeout: timeoutMilliseconds,
    greetingTimeout: timeoutMilliseconds,
    socketTimeout: timeoutMilliseconds,
    dnsTimeout: timeoutMilliseconds,
    maxResponseSize: 65_536,
    // What is in a mail names no files and no addresses for the library to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
    ...(server.login === null
      ? {}
      : { auth: { user: server.login.user, pass: server.login.password } }),
  });
  return {
    async send(mail, stop) {
      const timeout = AbortSignal.timeout(timeoutMilliseconds);
      const signal = AbortSignal.any([timeout, stop]);
      try {
        await transport.sendMail({ ...messageOf(mail), signal });
        return { kind: 'delivered' };
      } catch (error) {
        if (stop.aborted) return { kind: 'retry', reason: 'stopped' };
        if (timeout.aborted) return { kind: 'retry', reason: 'timeout' };
        return judge(error as SmtpFailure);
      }
    },
  };
}

function messageOf(mail: OutgoingMail) {
  return {
    // Addresses as objects: as texts they would be read as lists.
    from: mail.from,
    to: { name: '', address: mail.to },
    envelope: { from: mail.from.address, to: [mail.to] },
    messageId: `<${mail.messageId}>`,
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    headers: {
      // No answers from programs that tell of holidays (RFC 3834).
      'auto-submitted': 'auto-generated',
      'content-language': mail.language,
    },
  };
}

/** A recipient or a message that is refused for good is: what else a server refuses is about us, and may be mended. */
function judge(failure: SmtpFailure): SendResult {
  const [rejected] = failure.rejectedErrors ?? [];
  const { code, responseCode: status, command, permanent } = rejected ?? failure;
  if (code === 'EAUTH' || code === 'ENOAUTH') return retry('login-refused');
  if (code === 'ETLS' || isCertificateFault(failure.originalCode)) return retry('tls');
  if (status !== undefined) {
    const isAboutMail = command === 'RCPT TO' || command === 'DATA' || code === 'EMESSAGE';
    return permanent && isAboutMail
      ? { kind: 'refused', reason: `refused-${status}` }
      : retry(`status-${status}`);
  }
  return retry(code === 'ETIMEDOUT' ? 'timeout' : 'unreachable');
}

function isCertificateFault(code = ''): boolean {
  return /CERT|TLS|SSL|UNABLE_TO_VERIFY/.test(code);
}

function retry(reason: MailRetryReason): SendResult {
  return { kind: 'retry', reason };
}
