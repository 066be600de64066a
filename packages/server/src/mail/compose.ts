import type { Family } from '@latchkey/session';
import { html } from 'hono/html';
import type { Html } from '../pages/html.ts';
import { chooseLanguage } from '../pages/languages/choose-language.ts';
import type { Catalogue } from '../pages/languages/en.ts';
import type { MailWords } from '../pages/languages/mail-words.ts';
import { ownColor } from '../pages/style/base.ts';
import { toneFor } from '../pages/style/colors.ts';
import { wordsOf } from './mail-words.ts';
import type { NewMail } from './message.ts';
import { oneLine } from './one-line.ts';
import type { OutgoingMail } from './transport.ts';

/** Characters that a subject has at most: phones show fewer. */
const maxSubject = 120;

/** What is written with: words, look, sender. */
export type MailLook = Pick<Family, 'name' | 'brand' | 'loginHost'> & {
  readonly from: OutgoingMail['from'];
};

/** A mail of the queue as it leaves: a text part and an HTML part that say the same, in the language of its reader. */
export async function composeMail(
  look: MailLook,
  mail: NewMail,
  id: string,
): Promise<OutgoingMail> {
  const t = chooseLanguage({ locale: mail.language, acceptLanguage: null });
  const words = wordsOf(t, mail.message, look.name);
  const subject = oneLine(words.subject, maxSubject);
  const link = 'link' in mail.message ? mail.message.link : null;
  return {
    messageId: `${id}@${new URL(look.loginHost.origin).hostname}`,
    from: { name: look.from.name === '' ? look.name : look.from.name, address: look.from.address },
    to: mail.to,
    language: t.tag,
    subject,
    text: textPart(t, words, { family: look.name, link }),
    html: `${await htmlPart(t, words, { look, link, subject })}`,
  };
}

function textPart(
  t: Catalogue,
  { lines, facts = [], after }: MailWords,
  { family, link }: { readonly family: string; readonly link: string | null },
): string {
  const parts = [
    t.mails.hello,
    ...lines,
    facts.map(([name, value]) => `${name}: ${value}`).join('\n'),
    link ?? '',
    after ?? '',
    `-- \n${t.mails.automatic(family)}`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** Tables and inline styles: mail programs know little else. No pictures and no style sheet are fetched. */
function htmlPart(
  t: Catalogue,
  words: MailWords,
  shown: { readonly look: MailLook; readonly link: string | null; readonly subject: string },
): Html {
  const { look, link, subject } = shown;
  const { key, keyInk } = toneFor(look.brand.color ?? ownColor, 'light');
  const { lines, facts = [], button, after } = words;
  return html`<!doctype html>
<html lang="${t.tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${subject}</title>
</head>
<body style="margin:0;padding:0;background:#f7f7f9;color:#1c1c24;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;background:#ffffff;border:1px solid #e3e3ea;border-radius:8px">
<tr><td style="padding:20px 28px;border-top:4px solid ${key};border-radius:8px 8px 0 0;font-weight:600">${look.name}</td></tr>
<tr><td style="padding:0 28px 24px">
<h1 style="margin:0 0 16px;font-size:20px;line-height:1.3">${subject}</h1>
${[t.mails.hello, ...lines].map((line) => html`<p style="margin:0 0 16px">${line}</p>`)}${factTable(facts)}${link === null || button === undefined ? '' : linkButton({ link, button, key, keyInk, copyLink: t.mails.copyLink })}${after === undefined ? '' : html`<p style="margin:16px 0 0">${after}</p>`}
</td></tr>
</table>
<p style="max-width:560px;margin:16px auto 0;font-size:13px;color:#5c5c68">${t.mails.automatic(look.name)}</p>
</td></tr></table>
</body>
</html>
`;
}

function factTable(facts: NonNullable<MailWords['facts']>): Html | '' {
  if (facts.length === 0) return '';
  const rows = facts.map(
    ([name, value]) =>
      html`<tr><th align="left" valign="top" style="padding:2px 16px 2px 0;font-weight:400;color:#5c5c68">${name}</th><td style="padding:2px 0;word-break:break-word">${value}</td></tr>`,
  );
  return html`<table cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px">${rows}</table>`;
}

function linkButton(
  shown: Readonly<Record<'link' | 'button' | 'key' | 'keyInk' | 'copyLink', string>>,
): Html {
  const { link, button, key, keyInk, copyLink } = shown;
  return html`<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td style="border-radius:6px;background:${key}"><a href="${link}" style="display:inline-block;padding:12px 20px;color:${keyInk};font-weight:600;text-decoration:none">${button}</a></td></tr></table>
<p style="margin:16px 0 0;font-size:13px;color:#5c5c68">${copyLink}<br><a href="${link}" style="color:${key};word-break:break-all">${link}</a></p>`;
}
