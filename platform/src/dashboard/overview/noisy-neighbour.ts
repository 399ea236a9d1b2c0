// Who takes so much of the platform that others may feel it. Pure.

/** What one tenant made of something, in the same span for all. */
export interface TenantAmount {
  readonly tenantId: string;
  readonly amount: number;
}

export interface Noise extends TenantAmount {
  readonly what: 'requests' | 'facts';
  readonly total: number;
}

/** So few are never noisy: each of three may well have more than half. */
const MANY = 3;
/** Less than this nobody else can feel, in an hour or in longer. */
const LOUD = 1_000;

/** The tenant with more than half of `total`, and not a little, while more than three are at work. */
export function noisyNeighbour(
  amounts: readonly TenantAmount[],
  total: number,
  atWork: number,
): TenantAmount | undefined {
  if (atWork <= MANY) return undefined;
  return amounts.find(({ amount }) => amount >= LOUD && amount * 2 > total);
}
