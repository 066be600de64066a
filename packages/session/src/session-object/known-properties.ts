import { LatchkeyError } from '../errors.ts';

/**
 * Has every assignment to objects of a class throw that no property of the class takes: one that the class does not have, and
 * one that has only a getter, which code that is not strict (CommonJS without 'use strict') would pass over in silence. Stands
 * behind the prototype, so what the class has is found before it and costs nothing. Not for own properties by definition
 * (`Object.defineProperty`).
 */
export function refuseUnknownProperties(
  prototype: object,
  advice: (property: string) => string,
): void {
  const refuse = (property: string | symbol): never => {
    throw new LatchkeyError('session_data_invalid', advice(String(property)));
  };
  for (const [name, { get, set }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (get === undefined || set !== undefined) continue;
    Object.defineProperty(prototype, name, { set: () => refuse(name) });
  }
  const beyond = Object.getPrototypeOf(prototype) as object;
  const guard = new Proxy(beyond, { set: (_target, property) => refuse(property) });
  Object.setPrototypeOf(prototype, guard);
}
