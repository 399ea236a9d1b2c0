// A shard of the platform's system ledger: records tenants' reports as `sdk` facts, each (tenant,
// period) once, and answers from what they add up to. It knows only the tenants of its shard.
import {
  LedgerError,
  type Outcome,
  SystemLedger as SdkSystemLedger,
  type StateView,
} from '@z0-app/sdk';
import { PLATFORM } from '../configs/platform-ledger.ts';
import type { Env } from '../env.ts';
import { finestFor, type Retention, wholePoints } from '../stats/resolution.ts';
import { rankTallies, type ShardRank } from '../stats/shard-rank.ts';
import { type ShardSummary, summaryOf } from '../stats/shard-summary.ts';
import { StatsProjection } from '../stats/stats-projection.ts';
import type { Counts, Point, PointRange } from '../stats/stats-tables.ts';
import type { Rank, TimeRange } from '../stats/stats-view.ts';
import type { TenantTally } from '../stats/tenant-tally.ts';
import type { TenantStatsMessage } from './tenant-stats.ts';

/** One tenant, and what it did in a range of time when one was asked for. */
export interface TenantAnswer {
  readonly tally: TenantTally;
  /** `from` and `to` are whole points, milliseconds since 1970. */
  readonly range?: TimeRange & { readonly counts: Counts };
}

export class SystemLedger extends SdkSystemLedger<Env> {
  readonly #stats = new StatsProjection(this.ctx.storage);
  /** Reports are taken one call after the other: what is known must not change in between. */
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * Records reports of this shard's tenants in the order given; one that was recorded is accepted
   * and changes nothing. An answer for each. Errors: those of `append`.
   */
  async recordReports(
    reports: readonly TenantStatsMessage[],
    retention?: Retention,
  ): Promise<Outcome<null>[]> {
    const running = this.#turn.then(() => this.#record(reports, retention));
    this.#turn = running.catch(() => undefined);
    return running;
  }

  /** All tenants of this shard together. */
  async summary(): Promise<ShardSummary> {
    return summaryOf(await this.tenantTallies());
  }

  /** What is known of the tenants of this shard, by id; none when nothing was ever reported. */
  async tenantTallies(): Promise<TenantTally[]> {
    return this.#stats.catchUp() ? this.#stats.tables.tallies() : [];
  }

  /** `undefined` for a tenant that has not reported. */
  async tenantAnswer(tenantId: string, range?: TimeRange): Promise<TenantAnswer | undefined> {
    const tally = this.#stats.catchUp() ? this.#stats.tables.tally(tenantId) : undefined;
    if (!tally || !range) return tally && { tally };
    const points = this.#pointsFor(range);
    const counts = this.#stats.tables.sumOf(points, tenantId);
    return { tally, range: { from: points.from, to: points.to, counts } };
  }

  /** Points by start, of one tenant or of all of this shard. */
  async statsPoints(range: PointRange, tenantId?: string): Promise<Point[]> {
    return this.#stats.catchUp() ? this.#stats.tables.points(range, tenantId) : [];
  }

  /** The tenants of this shard with the most of something, most first. */
  async rankTenants(by: Rank, limit: number, range?: TimeRange): Promise<ShardRank[]> {
    if (!this.#stats.catchUp()) return [];
    const { tables } = this.#stats;
    const sums = range && tables.sums(this.#pointsFor(range));
    return rankTallies(tables.tallies(), { by, limit, sums });
  }

  /** What is kept of reports is made again as well. */
  override async reconstructState(): Promise<Outcome<StateView>> {
    const outcome = await super.reconstructState();
    this.#stats.rebuild();
    return outcome;
  }

  async #record(
    reports: readonly TenantStatsMessage[],
    retention: Retention | undefined,
  ): Promise<Outcome<null>[]> {
    this.#stats.catchUp(retention);
    const recorded = new Set<string>();
    const outcomes: Outcome<null>[] = [];
    for (const report of reports) {
      const key = `${report.tenant_id} ${report.period ?? `from ${report.period_start}`}`;
      const isKnown = recorded.has(key) || this.#stats.isKnown(report);
      const outcome: Outcome<null> = isKnown
        ? { ok: true, value: null, replayed: true }
        : await this.#append(report);
      if (outcome.ok) recorded.add(key);
      outcomes.push(outcome);
    }
    this.#stats.catchUp(retention);
    return outcomes;
  }

  async #append(report: TenantStatsMessage): Promise<Outcome<null>> {
    const fact = {
      type: 'sdk',
      subtype: 'tenant_stats',
      timestamp: new Date(report.period_end).toISOString(),
      source_id: report.tenant_id,
      data: { ...report },
    };
    try {
      await this.appendFact(fact, { tenantId: PLATFORM, principal: PLATFORM });
      return { ok: true, value: null };
    } catch (error) {
      if (error instanceof LedgerError) return { ok: false, error: error.data };
      throw error;
    }
  }

  #pointsFor(range: TimeRange): PointRange {
    const { retention } = this.#stats.tables.progress();
    const resolution = finestFor(range, retention, Date.now());
    return { resolution, ...wholePoints(range, resolution) };
  }
}
