// What ledgers tell of themselves, one line each: the number, what it means, what to do about it. Pure.
import type { TenantCount } from '../../stats/shard-overview.ts';
import type { Worst, Signal as WorstSignal } from '../../stats/shard-worst.ts';
import type { PlatformStats } from '../../stats/stats-view.ts';
import { countText, plural, shareText } from '../figure-text.ts';
import { durationText } from '../page-layout.tsx';

export interface Signal {
  readonly id: string;
  readonly name: string;
  readonly value: string;
  readonly level: 'good' | 'warn' | 'bad';
  readonly meaning: string;
  /** What to do; while all is well, when to. */
  readonly next: string;
  readonly worst: readonly TenantCount[];
  /** How a tenant's own amount reads. */
  readonly amount: (count: number) => string;
}

/** Reports are on their way for longer than two intervals. */
const SLOW_FLUSH_MS = 120_000;
const HEALTHY_SHARE = 0.5;

export function signalsOf(stats: PlatformStats, worst: Worst | undefined): Signal[] {
  const of = (signal: WorstSignal): readonly TenantCount[] => worst?.[signal] ?? [];
  return [...fastSignals(stats, of), ...reportSignals(stats, of), ...troubleSignals(stats, of)];
}

type WorstOf = (signal: WorstSignal) => readonly TenantCount[];

function fastSignals(stats: PlatformStats, worst: WorstOf): Signal[] {
  const reads = stats.cache_hits + stats.cache_misses;
  const perHydration = stats.hydrated_facts_count / Math.max(1, stats.hydrations_count);
  return [
    {
      id: 'cache',
      name: 'Cache hits',
      value: shareText(stats.cache_hits, reads),
      level: reads > 0 && stats.cache_hits < reads * HEALTHY_SHARE ? 'warn' : 'good',
      meaning: `Of ${plural(reads, 'read')} of state, those that memory answered; the others read storage.`,
      next: 'Under a half: ledgers fall asleep between requests. Nothing is lost, reads are slower.',
      worst: worst('cache_misses'),
      amount: (count) => plural(count, 'miss', 'misses'),
    },
    {
      id: 'hydrations',
      name: 'Hydrations',
      value: countText(stats.hydrations_count),
      level: perHydration > 10_000 ? 'warn' : 'good',
      meaning: `Times that a ledger replayed its facts, ${plural(stats.hydrated_facts_count, 'fact')} in all. Tables were made ${plural(stats.schema_inits_count, 'time')}.`,
      next: 'Thousands of facts each time: let the ledger keep snapshots, it then replays only the rest.',
      worst: worst('hydrated_facts'),
      amount: (count) => plural(count, 'fact'),
    },
  ];
}

function reportSignals(stats: PlatformStats, worst: WorstOf): Signal[] {
  const lag = stats.last_flush_lag_ms;
  return [
    {
      id: 'lag',
      name: 'Flush lag',
      value: lag === null ? '–' : durationText(lag),
      level: lag !== null && lag > SLOW_FLUSH_MS ? 'warn' : 'good',
      meaning:
        'From the end of a period to when it was recorded here; the longest of all tenants’ last.',
      next: 'Over two minutes: the queue is behind, or a tenant could not reach the platform. See System.',
      worst: worst('lag'),
      amount: durationText,
    },
    {
      id: 'gaps',
      name: 'Gaps',
      value: countText(stats.gaps),
      level: stats.gaps > 0 ? 'warn' : 'good',
      meaning:
        'Periods that were skipped and have not come since. Totals are right, minutes are too low.',
      next: 'A tenant sends again until it is acknowledged: wait; if it stays, look for dead letters.',
      worst: worst('gaps'),
      amount: (count) => plural(count, 'report'),
    },
    {
      id: 'late',
      name: 'Late reports',
      value: countText(stats.late_count),
      level: 'good',
      meaning:
        'Periods that came after a later one. They are counted all the same, in their own minute.',
      next: 'Nothing: a queue may turn messages around. Many at once come from a platform that was away.',
      worst: worst('late'),
      amount: (count) => plural(count, 'report'),
    },
    {
      id: 'dropped',
      name: 'Dropped',
      value: countText(stats.dropped_count),
      level: stats.dropped_count > 0 ? 'warn' : 'good',
      meaning: 'Reports that ledgers gave up on the way to their tenant’s system ledger.',
      next: 'Facts are safe, and counted with the next report. If it rises: the tenant has too many ledgers reporting at once; raise interval_ms or lower sample.',
      worst: worst('dropped'),
      amount: (count) => plural(count, 'report'),
    },
  ];
}

function troubleSignals(stats: PlatformStats, worst: WorstOf): Signal[] {
  return [
    {
      id: 'errors',
      name: 'Hook errors',
      value: countText(stats.errors_count),
      level: stats.errors_count > 0 ? 'bad' : 'good',
      meaning: 'Failures of tenants’ own code in their ledgers: hooks, invariants, evolvers.',
      next: 'It is the tenant’s to mend: the ledger’s own facts of type system say what was thrown.',
      worst: worst('errors'),
      amount: (count) => plural(count, 'error'),
    },
    {
      id: 'breakers',
      name: 'Breaker openings',
      value: countText(stats.breaker_openings_count),
      level: stats.breaker_openings_count > 0 ? 'warn' : 'good',
      meaning: 'Times that a ledger stopped asking another one that kept failing.',
      next: 'It closes by itself. If it opens again and again, look at the ledger that it asks.',
      worst: worst('breaker_openings'),
      amount: (count) => plural(count, 'opening'),
    },
  ];
}
