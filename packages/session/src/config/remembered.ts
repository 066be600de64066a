import { invalidOption, requireLifetime } from '../option-rules.ts';
import type { RememberedOptions } from './family.ts';

type Lives = Required<RememberedOptions>;

const usual: Lives = { idleSeconds: 2_592_000, absoluteSeconds: 31_536_000 };

/** The limits of remembered sign-ins, checked. Throws `option_invalid`. */
export function resolveRemembered(options: RememberedOptions, ordinary: Lives): Lives {
  const resolve = (name: keyof Lives): number => {
    const where = `session.remembered.${name}`;
    const usually = Math.max(usual[name], ordinary[name]);
    const seconds = requireLifetime(options[name] ?? usually, where);
    if (seconds >= ordinary[name]) return seconds;
    throw invalidOption(
      `${where} must not be below session.${name}: who asks to stay signed in would be signed out earlier than others.`,
    );
  };
  return Object.freeze({
    idleSeconds: resolve('idleSeconds'),
    absoluteSeconds: resolve('absoluteSeconds'),
  });
}
