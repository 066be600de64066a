import { lifetimeFault } from '../lifetime.ts';
import type { RememberedOptions } from './family.ts';

type Lives = Required<RememberedOptions>;

const usual: Lives = { idleSeconds: 2_592_000, absoluteSeconds: 31_536_000 };

/** The limits of remembered sign-ins, checked. `fail` makes the error that says which rule an option breaks. */
export function resolveRemembered(
  options: RememberedOptions,
  ordinary: Lives,
  fail: (name: keyof Lives, rule: string) => Error,
): Lives {
  const resolve = (name: keyof Lives): number => {
    const seconds = options[name] ?? Math.max(usual[name], ordinary[name]);
    const fault = lifetimeFault(seconds);
    if (fault !== null) throw fail(name, fault);
    if (seconds >= ordinary[name]) return seconds;
    throw fail(
      name,
      `must not be below session.${name}: who asks to stay signed in would be signed out earlier than others.`,
    );
  };
  return Object.freeze({
    idleSeconds: resolve('idleSeconds'),
    absoluteSeconds: resolve('absoluteSeconds'),
  });
}
