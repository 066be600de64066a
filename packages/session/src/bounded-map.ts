/** Of so many newcomers one is taken in where there is no room. */
const newcomersForOne = 16;

/**
 * A map with room for so many, for what can be made again. Where more are asked for in turn than there is room for, a map
 * that takes in every newcomer has always just dropped what is asked for next: all are made again, and to be kept costs more
 * than to be made. So when it is full, few newcomers are taken in, each in the place of the oldest.
 */
export class BoundedMap<Key, Value> {
  readonly #room: number;
  readonly #all = new Map<Key, Value>();
  /** Everything before it is gone, so it comes to the oldest. */
  #oldest = this.#all.keys();
  #newcomers = 0;

  constructor(room: number) {
    this.#room = room;
  }

  get(key: Key): Value | undefined {
    return this.#all.get(key);
  }

  /** Whether a newcomer is to be kept. To be asked once for each. */
  takesNew(): boolean {
    if (this.#all.size < this.#room) return true;
    this.#newcomers += 1;
    return this.#newcomers % newcomersForOne === 0;
  }

  set(key: Key, value: Value): void {
    if (this.#all.size >= this.#room && !this.#all.has(key)) this.#dropOldest();
    this.#all.set(key, value);
  }

  delete(key: Key): void {
    this.#all.delete(key);
  }

  clear(): void {
    this.#all.clear();
  }

  #dropOldest(): void {
    let next = this.#oldest.next();
    if (next.done) {
      this.#oldest = this.#all.keys();
      next = this.#oldest.next();
    }
    if (!next.done) this.#all.delete(next.value);
  }
}
