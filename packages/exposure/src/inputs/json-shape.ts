/** The members of a JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The members of a JSON object; null for anything else. */
export function objectOf(value: unknown): JsonObject | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return value as JsonObject;
}

/** The objects of a JSON array; none for anything else. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return elementsOf(value)
    .map(objectOf)
    .filter((one) => one !== null);
}

/** The elements of a JSON array; none for anything else. */
export function elementsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A JSON string, or null. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** The texts of an array, or the one text that stands in its place. */
export function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return elementsOf(value).flatMap((one) => textOf(one) ?? []);
}

/** The first member of these names that is a text with something in it. */
export function firstText(object: JsonObject, names: readonly string[]): string | null {
  return (
    names.map((name) => textOf(object[name])).find((text) => text !== null && text !== '') ?? null
  );
}

/** The same object with its names in lower case. */
export function lowerNames(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, one]) => [name.toLowerCase(), one]));
}

export type JsonResult =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'invalid' };

/** Parses JSON; a byte order mark before it is no error. */
export function parseJson(text: string): JsonResult {
  try {
    return { kind: 'json', value: JSON.parse(text.replace(/^\uFEFF/, '')) as unknown };
  } catch {
    return { kind: 'invalid' };
  }
}

/** JSON, or one value a line as many tools write it: the elements of the array, or the one value. Null for what is neither. */
export function parseJsonValues(text: string): readonly unknown[] | null {
  const whole = parseJson(text);
  if (whole.kind === 'json') return Array.isArray(whole.value) ? whole.value : [whole.value];
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const parsed = lines.map(parseJson);
  if (parsed.length < 2) return null;
  return parsed.every((one) => one.kind === 'json') ? parsed.map((one) => one.value) : null;
}
