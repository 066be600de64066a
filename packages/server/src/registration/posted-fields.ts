/** The fields of a form of ours by name; null for no form, a field that is repeated or one that the form does not have. */
export function fieldsOf<Name extends string>(
  form: URLSearchParams | null,
  names: readonly Name[],
): Readonly<Partial<Record<Name, string>>> | null {
  if (form === null) return null;
  const given = [...form.keys()];
  const isAsExpected =
    given.every((name) => names.some((known) => known === name)) &&
    new Set(given).size === given.length;
  return isAsExpected ? (Object.fromEntries(form) as Partial<Record<Name, string>>) : null;
}
