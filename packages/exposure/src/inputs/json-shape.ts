/** The members of a JSON object; null for anything else. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return value as Readonly<Record<string, unknown>>;
}

/** The elements of a JSON array; none for anything else. */
export function elementsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A JSON string, or null. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
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
