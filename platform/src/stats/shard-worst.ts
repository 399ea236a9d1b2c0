// The tenants of a shard that stand out most in what ledgers tell of themselves. Pure.
import { ranked, type TenantCount } from './shard-overview.ts';
import { gapsOf, type TenantTally } from './tenant-tally.ts';

/** What can stand out, with how much of it a tenant has. */
const SIGNALS = {
  cache_misses: (tally) => tally.cache_misses,
  hydrated_facts: (tally) => tally.hydrated_facts,
  errors: (tally) => tally.errors,
  lag: (tally) => tally.last_lag_ms ?? 0,
  gaps: gapsOf,
  late: (tally) => tally.late,
  dropped: (tally) => tally.dropped,
  breaker_openings: (tally) => tally.breaker_openings,
} as const satisfies Record<string, (tally: TenantTally) => number>;

export type Signal = keyof typeof SIGNALS;

/** By signal, most first; tenants without any are left out. */
export type Worst = Readonly<Record<Signal, readonly TenantCount[]>>;

export function worstOf(tallies: readonly TenantTally[], limit: number): Worst {
  return bySignal((signal) =>
    ranked(
      tallies.map((tally) => ({ tenant_id: tally.tenant_id, count: SIGNALS[signal](tally) })),
    ).slice(0, limit),
  );
}

/** The worst of all shards. */
export function mergeWorst(shards: readonly Worst[], limit: number): Worst {
  return bySignal((signal) => ranked(shards.flatMap((worst) => worst[signal])).slice(0, limit));
}

function bySignal(of: (signal: Signal) => readonly TenantCount[]): Worst {
  return {
    cache_misses: of('cache_misses'),
    hydrated_facts: of('hydrated_facts'),
    errors: of('errors'),
    lag: of('lag'),
    gaps: of('gaps'),
    late: of('late'),
    dropped: of('dropped'),
    breaker_openings: of('breaker_openings'),
  };
}
