// Counts the tenants' reports of one page of facts: into their tallies, and into points. It lives as
// long as the transaction that it is written in.
import { type TenantStatsMessage, tenantStatsMessage } from '../metrics/tenant-stats.ts';
import { addCounts, type Counts, countsOf } from './counts.ts';
import { PointSums } from './point-sums.ts';
import { keptSince, type Retention } from './resolution.ts';
import type { CountedFact, StatsTables } from './stats-tables.ts';
import { RESOLUTIONS } from './stats-view.ts';
import { countReport, emptyTally, type TenantTally } from './tenant-tally.ts';

export class ReportPage {
  readonly #tables: StatsTables;
  readonly #tallies = new Map<string, TenantTally>();
  readonly #points = new PointSums<Counts>(addCounts);

  constructor(tables: StatsTables) {
    this.#tables = tables;
  }

  count({ data, recordedAt }: CountedFact): void {
    const read = tenantStatsMessage.safeParse(data);
    if (!read.success || this.#isRepeat(read.data)) return;
    const { tenant_id, period_end } = read.data;
    const known =
      this.#tallies.get(tenant_id) ?? this.#tables.tally(tenant_id) ?? emptyTally(tenant_id);
    const counted = countReport(known, read.data, recordedAt);
    if (!counted) return;
    this.#tallies.set(tenant_id, counted);
    this.#points.add(tenant_id, period_end, countsOf(read.data));
  }

  write(retention: Retention, now: number): void {
    for (const tally of this.#tallies.values()) this.#tables.writeTally(tally);
    for (const { tenant_id, resolution, start, counts } of this.#points.all()) {
      if (start < keptSince(resolution, retention, now)) continue;
      this.#tables.addToPoint(tenant_id, resolution, { start, ...counts });
    }
    for (const tenantId of this.#tallies.keys()) {
      for (const resolution of RESOLUTIONS) {
        const kept = keptSince(resolution, retention, now);
        this.#tables.dropPointsBefore(tenantId, resolution, kept);
      }
    }
  }

  /** A report without a number is told from others by its start, which is remembered here. */
  #isRepeat({ tenant_id, period, period_start }: TenantStatsMessage): boolean {
    if (period !== undefined) return false;
    if (this.#tables.hasStart(tenant_id, period_start)) return true;
    this.#tables.writeStart(tenant_id, period_start);
    return false;
  }
}
