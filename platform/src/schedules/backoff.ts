// How long to wait before something is tried again. Pure: chance is passed in.

const MAX_DELAY_MS = 15 * 60_000;

/**
 * Doubled with each failed attempt, from `firstMs` up to a quarter of an hour, and spread over half to
 * one and a half times of that, so that what failed together is not tried together. `chance`: 0 to 1.
 */
export function retryDelayMs(attempt: number, firstMs: number, chance: number): number {
  const delayMs = Math.min(firstMs * 2 ** Math.min(attempt - 1, 20), MAX_DELAY_MS);
  return Math.round(delayMs * (0.5 + chance));
}
