// Keeps a shard's tallies and points in step with its facts: each report counted once, in the same
// transaction as the note of how far it got. It never writes a fact and can begin anew at any time.
import type { TenantStatsMessage } from '../metrics/tenant-stats.ts';
import { keptSince, pointOf, type Retention } from './resolution.ts';
import { type Counts, type Point, StatsTables } from './stats-tables.ts';
import { RESOLUTIONS, type Resolution } from './stats-view.ts';
import { countReport, emptyTally, isCounted, type TenantTally } from './tenant-tally.ts';

/** Facts counted in one transaction. */
const PAGE = 500;

export class StatsProjection {
  readonly tables: StatsTables;
  readonly #storage: Pick<DurableObjectStorage, 'transactionSync'>;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.tables = new StatsTables(storage.sql);
  }

  /** Counts every report recorded since. Whether there is a ledger at all. */
  catchUp(retention?: Retention): boolean {
    if (!this.tables.ensure()) return false;
    while (this.#storage.transactionSync(() => this.#countPage(retention)));
    return true;
  }

  /** Counts everything again from the first fact. */
  rebuild(): void {
    if (!this.tables.ensure()) return;
    const { retention } = this.tables.progress();
    this.#storage.transactionSync(() => this.tables.clear());
    this.catchUp(retention);
  }

  /** Whether a report of the same tenant and period was counted. Call after `catchUp`. */
  isKnown(report: TenantStatsMessage): boolean {
    if (!this.tables.ensure()) return false;
    const { tenant_id, period, period_start } = report;
    if (period === undefined) return this.tables.hasStart(tenant_id, period_start);
    const tally = this.tables.tally(tenant_id);
    return tally !== undefined && isCounted(tally, period);
  }

  /** Whether there may be more to count. */
  #countPage(given: Retention | undefined): boolean {
    const progress = this.tables.progress();
    const retention = given ?? progress.retention;
    const page = this.tables.reportsAfter(progress.seq, PAGE);
    const last = page.at(-1);
    if (!last) return false;
    const tallies = new Map<string, TenantTally>();
    const points = new PointSums();
    for (const { report } of page) {
      if (!report) continue;
      const { tenant_id } = report;
      const known = tallies.get(tenant_id) ?? this.tables.tally(tenant_id) ?? emptyTally(tenant_id);
      const counted = this.#isRepeat(report) ? undefined : countReport(known, report);
      if (!counted) continue;
      tallies.set(tenant_id, counted);
      points.add(report);
    }
    this.#write(tallies, points, retention);
    this.tables.setProgress({ seq: last.seq, retention });
    return page.length === PAGE;
  }

  /** A report without a number is told from others by its start, which is remembered here. */
  #isRepeat({ tenant_id, period, period_start }: TenantStatsMessage): boolean {
    if (period !== undefined) return false;
    if (this.tables.hasStart(tenant_id, period_start)) return true;
    this.tables.writeStart(tenant_id, period_start);
    return false;
  }

  #write(tallies: Map<string, TenantTally>, points: PointSums, retention: Retention): void {
    const now = Date.now();
    for (const tally of tallies.values()) this.tables.writeTally(tally);
    for (const { tenant_id, resolution, point } of points.all()) {
      if (point.start < keptSince(resolution, retention, now)) continue;
      this.tables.addToPoint(tenant_id, resolution, point);
    }
    for (const tenantId of tallies.keys()) {
      for (const resolution of RESOLUTIONS) {
        const kept = keptSince(resolution, retention, now);
        this.tables.dropPointsBefore(tenantId, resolution, kept);
      }
    }
  }
}

interface TenantPoint {
  readonly tenant_id: string;
  readonly resolution: Resolution;
  readonly point: Point;
}

/** What reports add to points, so that a point that many of them share is written once. */
class PointSums {
  readonly #byKey = new Map<string, TenantPoint>();

  add(report: TenantStatsMessage): void {
    const { tenant_id, period_end } = report;
    const counts: Counts = {
      facts: report.facts_count,
      refusals: report.refusals_count ?? 0,
      errors: report.errors_count ?? 0,
      cache_hits: report.cache_hits,
      cache_misses: report.cache_misses,
    };
    for (const resolution of RESOLUTIONS) {
      const start = pointOf(period_end, resolution);
      const key = `${tenant_id} ${resolution} ${start}`;
      const known = this.#byKey.get(key)?.point;
      const point = { start, ...(known ? addCounts(known, counts) : counts) };
      this.#byKey.set(key, { tenant_id, resolution, point });
    }
  }

  all(): Iterable<TenantPoint> {
    return this.#byKey.values();
  }
}

/** Both together. */
export function addCounts(one: Counts, other: Counts): Counts {
  return {
    facts: one.facts + other.facts,
    refusals: one.refusals + other.refusals,
    errors: one.errors + other.errors,
    cache_hits: one.cache_hits + other.cache_hits,
    cache_misses: one.cache_misses + other.cache_misses,
  };
}
