/** From harmless to worst. */
export type Severity = 'none' | 'low' | 'medium' | 'high' | 'critical';

/** {@link Severity} in its order. */
export const severities: readonly Severity[] = ['none', 'low', 'medium', 'high', 'critical'];

/** True when `severity` is `level` or worse. */
export function isAtLeast(severity: Severity, level: Severity): boolean {
  return severities.indexOf(severity) >= severities.indexOf(level);
}
