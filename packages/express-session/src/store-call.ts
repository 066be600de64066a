import type { Found } from './shapes.ts';

/**
 * Calls a store. What it throws is told to the callback: the app's call that began this may be over, and nobody would catch
 * it. A store that calls back twice is heard once.
 */
export function callStore<Value>(
  call: (callback: Found<Value>) => void,
  callback: Found<Value>,
): void {
  let isAnswered = false;
  const answer: Found<Value> = (error, value) => {
    if (isAnswered) return;
    isAnswered = true;
    callback(error, value);
  };
  try {
    call(answer);
  } catch (error) {
    // Thrown by who was called back, not by the store.
    if (isAnswered) throw error;
    answer(error);
  }
}
