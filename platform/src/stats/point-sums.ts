// What one page of facts adds to points, so that a point that many of them share is written once.
import { pointOf } from './resolution.ts';
import { RESOLUTIONS, type Resolution } from './stats-view.ts';

interface TenantPoint<T> {
  readonly tenant_id: string;
  readonly resolution: Resolution;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly counts: T;
}

export class PointSums<T> {
  readonly #byKey = new Map<string, TenantPoint<T>>();
  readonly #add: (one: T, other: T) => T;

  constructor(add: (one: T, other: T) => T) {
    this.#add = add;
  }

  /** Counts in the points of every length that `end` closes or lies in. */
  add(tenant_id: string, end: number, counts: T): void {
    for (const resolution of RESOLUTIONS) {
      const start = pointOf(end, resolution);
      const key = `${tenant_id} ${resolution} ${start}`;
      const known = this.#byKey.get(key);
      const sum = known ? this.#add(known.counts, counts) : counts;
      this.#byKey.set(key, { tenant_id, resolution, start, counts: sum });
    }
  }

  all(): Iterable<TenantPoint<T>> {
    return this.#byKey.values();
  }
}
