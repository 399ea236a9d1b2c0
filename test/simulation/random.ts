// Randomness from a seed: the same seed gives the same numbers on every machine.

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 inclusive, 1 exclusive. The generator is mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** 0 inclusive, `below` exclusive, whole. */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** The time to the next of events that come `rate` times in a unit of time. */
  gap(rate: number): number {
    return -Math.log(1 - this.next()) / rate;
  }

  /** Heavy-tailed: most are near `least`, few are far above; the fewer the larger `tail` is. */
  pareto(least: number, tail: number, most: number): number {
    return Math.min(most, least * (1 - this.next()) ** (-1 / tail));
  }
}
