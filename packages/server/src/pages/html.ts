import type { HtmlEscapedString } from 'hono/utils/html';

/** What a template of `hono/html` gives: markup in which every value is escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** What may stand in a template: text, which is escaped, or markup. */
export type Text = string | Html;
