import { html } from 'hono/html';
import { hiddenFields } from './actions.ts';
import type { Html, Text } from './html.ts';
import type { Catalogue } from './languages/en.ts';
import { scriptPath } from './show-password.ts';

// The end tag in one piece would make bundlers call a function of a package that is not installed.
const showPassword: Html = html`<script type="module" src="${scriptPath}"><${'/script'}>`;

/** One labelled field of a form. */
export interface Field {
  /** Of the field, and its id. */
  readonly name: string;
  readonly label: string;
  /** Default `text`. A `textarea` has several lines. */
  readonly type?: 'text' | 'email' | 'password' | 'url' | 'tel' | 'date' | 'textarea';
  /** What browsers and password managers may fill in (HTML, 4.10.18.7.1), such as `username`, `new-password`, `off`. */
  readonly autocomplete: string;
  /** What was typed before. Never a password. */
  readonly value?: string;
  /** Under the field, before anything went wrong. */
  readonly hint?: Text;
  /** What is wrong with what was typed, as a sentence; the field is marked and the summary links to it. */
  readonly error?: string;
  /** Default true. */
  readonly isRequired?: boolean;
  /** Characters. */
  readonly maxLength?: number;
  readonly inputMode?: 'numeric' | 'email' | 'text';
}

/** A box to tick. */
export interface Choice {
  readonly name: string;
  readonly label: string;
  readonly hint?: Text;
  readonly isChosen?: boolean;
}

/** A whole form: one button that sends it. */
export interface Form {
  /** The path it is posted to. */
  readonly action: string;
  readonly hidden?: Readonly<Record<string, string>>;
  readonly fields: readonly Field[];
  readonly choices?: readonly Choice[];
  /** What the button says. */
  readonly submit: string;
  /** What is wrong with the form as a whole, as a sentence. */
  readonly error?: string;
  /** Between the fields and the button. */
  readonly more?: Html;
  /** The page has another button that stands out. */
  readonly isQuiet?: boolean;
}

/**
 * A form whose faults are said twice: on top, where the focus goes and each links to its field, and beside the field. A
 * page shows it again with what was typed, and with a status of 4xx (`Page.status`). Works without a script.
 */
export function form(t: Catalogue, shown: Form): Html {
  const { action, hidden, fields, choices = [], submit, more = '' } = shown;
  const style = shown.isQuiet === true ? 'button quiet' : 'button';
  return html`${problems(t, shown)}<form method="post" action="${action}">
${hiddenFields(hidden)}
${fields.map((one) => field(t, one))}${choices.map(choice)}${more}<div class="actions"><button class="${style}" type="submit">${submit}</button></div>
</form>${fields.some(({ type }) => type === 'password') ? showPassword : ''}`;
}

/** What is wrong, on top of the form. Has the focus when the page opens. */
function problems(t: Catalogue, { error, fields }: Form): Html | '' {
  const wrong = fields.filter((one) => one.error !== undefined);
  if (error === undefined && wrong.length === 0) return '';
  const links = wrong.map((one) => html`<li><a href="#${one.name}">${one.error}</a></li>`);
  const list =
    wrong.length === 0 ? '' : html`<p>${t.form.problems(wrong.length)}</p><ul>${links}</ul>`;
  return html`<div class="alert" role="alert" tabindex="-1" autofocus>${error === undefined ? '' : html`<p>${error}</p>`}${list}</div>
`;
}

function field(t: Catalogue, one: Field): Html {
  const { name, label, type = 'text', hint, error } = one;
  const hintId = `${name}-hint`;
  const errorId = `${name}-error`;
  const described = [hint && hintId, error && errorId].filter(Boolean).join(' ');
  const attributes = html`${one.isRequired === false ? '' : html` required`}${one.maxLength === undefined ? '' : html` maxlength="${one.maxLength}"`}${one.inputMode === undefined ? '' : html` inputmode="${one.inputMode}"`}${described === '' ? '' : html` aria-describedby="${described}"`}${error === undefined ? '' : html` aria-invalid="true"`}`;
  const { autocomplete, value = '' } = one;
  const control =
    type === 'textarea'
      ? html`<textarea id="${name}" name="${name}" rows="3" autocomplete="${autocomplete}"${attributes}>${value}</textarea>`
      : html`<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}"${type === 'password' ? '' : html` value="${value}"`}${attributes}>`;
  return html`<div class="field">
<label for="${name}">${label}</label>
${type === 'password' ? html`<div class="secret" data-show="${t.form.show}" data-hide="${t.form.hide}">${control}</div>` : control}${hint === undefined ? '' : html`<p class="hint" id="${hintId}">${hint}</p>`}${error === undefined ? '' : html`<p class="error" id="${errorId}">${error}</p>`}
</div>
`;
}

function choice({ name, label, hint, isChosen = false }: Choice): Html {
  const hintId = `${name}-hint`;
  const described = hint === undefined ? '' : html` aria-describedby="${hintId}"`;
  // `checked` is an attribute without a value: it is there or it is not.
  const checked = isChosen ? html` checked` : '';
  return html`<div class="choice"><input id="${name}" name="${name}" type="checkbox" value="yes"${described}${checked}><label for="${name}">${label}</label>${hint === undefined ? '' : html`<p class="hint" id="${hintId}">${hint}</p>`}</div>
`;
}
