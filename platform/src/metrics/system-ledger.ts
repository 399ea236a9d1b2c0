// A shard of the platform's system ledger: records tenants' reports, the dispatcher's counts and dead
// letters as `sdk` facts, each once, and answers from what they add up to.
import type { RequestCountsMessage } from '@z0-app/dispatcher/request-counts';
import { type FactInput, LedgerError, type Outcome, type StateView } from '@z0-app/sdk';
import type { AuditedFact } from '../audit/audit-entry.ts';
import { configFactsAfter } from '../audit/facts-after.ts';
import { PLATFORM } from '../configs/platform-ledger.ts';
import type { GroupSum } from '../stats/error-group-table.ts';
import type { RequestSumPoint, TenantRequestSum } from '../stats/request-tables.ts';
import type { ErrorGroupsQuery, RequestCounts, TopRequestsQuery } from '../stats/request-view.ts';
import type { Retention } from '../stats/resolution.ts';
import { type LettersAnswer, ShardAnswers, type TenantAnswer } from '../stats/shard-answers.ts';
import type { OverviewQuery, ShardOverview } from '../stats/shard-overview.ts';
import type { ShardRank } from '../stats/shard-rank.ts';
import type { ShardSummary } from '../stats/shard-summary.ts';
import type { Worst } from '../stats/shard-worst.ts';
import type { Point, PointRange } from '../stats/stats-tables.ts';
import type { Rank, TimeRange } from '../stats/stats-view.ts';
import type { TenantTally } from '../stats/tenant-tally.ts';
import type { WorkerHealth } from '../stats/worker-health.ts';
import type { WatchedSpan } from '../stats/worker-tables.ts';
import { PlanRolloutLedger } from '../tenants/plan-rollout-ledger.ts';
import type { DeadLetterInput } from './dead-letter-consumer.ts';
import type { TenantStatsMessage } from './tenant-stats.ts';

/** One kind of thing that is recorded: how a repeat is told, and what fact it becomes. */
interface Recording<T> {
  readonly keyOf: (item: T) => string;
  readonly isKnown: (item: T) => boolean;
  readonly factOf: (item: T) => FactInput;
}

export class SystemLedger extends PlanRolloutLedger {
  readonly #answers = new ShardAnswers(this.stats);
  /** Recorded one call after the other: what is known must not change in between. */
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * Records reports of this shard's tenants in the order given; one that was recorded is accepted
   * and changes nothing. An answer for each. Errors: those of `append`.
   */
  async recordReports(
    reports: readonly TenantStatsMessage[],
    retention?: Retention,
  ): Promise<Outcome<null>[]> {
    const recording: Recording<TenantStatsMessage> = {
      keyOf: ({ tenant_id, period, period_start }) =>
        `${tenant_id} ${period ?? `from ${period_start}`}`,
      isKnown: (report) => this.stats.isKnownReport(report),
      factOf: reportFact,
    };
    return this.#inTurn(() => this.#record(reports, recording, retention));
  }

  /** Records the dispatcher's messages, as far as they are of this shard; else as `recordReports`. */
  async recordRequests(
    messages: readonly RequestCountsMessage[],
    retention?: Retention,
  ): Promise<Outcome<null>[]> {
    const recording: Recording<RequestCountsMessage> = {
      keyOf: ({ id }) => id,
      isKnown: ({ id }) => this.stats.isKnownMessage(id),
      factOf: requestsFact,
    };
    return this.#inTurn(() => this.#record(messages, recording, retention));
  }

  /** Records what the queue gave up on; only the platform's own shard is asked. */
  async recordDeadLetters(letters: readonly DeadLetterInput[]): Promise<Outcome<null>[]> {
    const recording: Recording<DeadLetterInput> = {
      keyOf: ({ message_id }) => message_id,
      isKnown: ({ message_id }) => this.stats.isKnownLetter(message_id),
      factOf: letterFact,
    };
    return this.#inTurn(() => this.#record(letters, recording));
  }

  /** All tenants of this shard together. */
  async summary(): Promise<ShardSummary> {
    return this.#answers.summary();
  }

  /** The same, and how large this ledger is, in bytes. */
  async health(): Promise<ShardSummary & { database_bytes: number }> {
    return { ...this.#answers.summary(), database_bytes: this.ctx.storage.sql.databaseSize };
  }

  /** What is known of the tenants of this shard, by id; none when nothing was ever reported. */
  async tenantTallies(): Promise<TenantTally[]> {
    return this.#answers.tenantTallies();
  }

  async tenantAnswer(tenantId: string, range?: TimeRange): Promise<TenantAnswer> {
    return this.#answers.tenantAnswer(tenantId, range);
  }

  /** Points by start, of one tenant or of all of this shard. */
  async statsPoints(range: PointRange, tenantId?: string): Promise<Point[]> {
    return this.#answers.points(range, tenantId);
  }

  /** The tenants of this shard with the most of something, most first. */
  async rankTenants(by: Rank, limit: number, range?: TimeRange): Promise<ShardRank[]> {
    return this.#answers.rank(by, limit, range);
  }

  /** Points by start, of one tenant or of all of this shard. */
  async requestPoints(range: PointRange, tenantId?: string): Promise<RequestSumPoint[]> {
    return this.#answers.requestPoints(range, tenantId);
  }

  /** Requests of every tenant of this shard, of all time or of a range. */
  async requestTotals(range?: TimeRange): Promise<TenantRequestSum[]> {
    return this.#answers.requestTotals(range);
  }

  async tenantRequests(tenantId: string, range?: TimeRange): Promise<RequestCounts> {
    return this.#answers.tenantRequests(tenantId, range);
  }

  /** How the tenant's Worker did in a span and before; `undefined` when nothing is recorded yet. */
  async workerHealth(tenantId: string, span: WatchedSpan): Promise<WorkerHealth | undefined> {
    return this.#answers.workerHealth(tenantId, span);
  }

  async rankRequests(query: TopRequestsQuery): Promise<TenantRequestSum[]> {
    return this.#answers.rankRequests(query);
  }

  async errorGroups(query: ErrorGroupsQuery): Promise<GroupSum[]> {
    return this.#answers.errorGroups(query);
  }

  async deadLetters(limit: number): Promise<LettersAnswer> {
    return this.#answers.deadLetters(limit);
  }

  /** The last two hours in one answer; `undefined` when nothing was ever recorded here. */
  async overview(query: OverviewQuery): Promise<ShardOverview | undefined> {
    return this.#answers.overview(this.ctx.storage.sql, query);
  }

  /** The tenants of this shard that stand out most, by what stands out. */
  async worst(limit: number): Promise<Worst> {
    return this.#answers.worst(limit);
  }

  /** What became of the Configs kept here, after a position. */
  async configFacts(seq: number): Promise<AuditedFact[]> {
    return configFactsAfter(this.ctx.storage.sql, seq);
  }

  /** What is counted is made again as well. */
  override async reconstructState(): Promise<Outcome<StateView>> {
    const outcome = await super.reconstructState();
    this.stats.rebuild();
    return outcome;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const running = this.#turn.then(work);
    this.#turn = running.catch(() => undefined);
    return running;
  }

  async #record<T>(
    items: readonly T[],
    { keyOf, isKnown, factOf }: Recording<T>,
    retention?: Retention,
  ): Promise<Outcome<null>[]> {
    this.stats.catchUp(retention);
    const recorded = new Set<string>();
    const outcomes: Outcome<null>[] = [];
    for (const item of items) {
      const key = keyOf(item);
      const outcome: Outcome<null> =
        recorded.has(key) || isKnown(item)
          ? { ok: true, value: null, replayed: true }
          : await this.#append(factOf(item));
      if (outcome.ok) recorded.add(key);
      outcomes.push(outcome);
    }
    this.stats.catchUp(retention);
    return outcomes;
  }

  async #append(fact: FactInput): Promise<Outcome<null>> {
    try {
      await this.appendFact(fact, { tenantId: PLATFORM, principal: PLATFORM });
      return { ok: true, value: null };
    } catch (error) {
      if (error instanceof LedgerError) return { ok: false, error: error.data };
      throw error;
    }
  }
}

function reportFact(report: TenantStatsMessage): FactInput {
  return {
    type: 'sdk',
    subtype: 'tenant_stats',
    timestamp: new Date(report.period_end).toISOString(),
    source_id: report.tenant_id,
    data: { ...report },
  };
}

function requestsFact(message: RequestCountsMessage): FactInput {
  return {
    type: 'sdk',
    subtype: 'request_counts',
    timestamp: new Date(message.end).toISOString(),
    source_id: 'dispatcher',
    data: { ...message },
  };
}

function letterFact(letter: DeadLetterInput): FactInput {
  return { type: 'sdk', subtype: 'dead_letter', data: { ...letter } };
}
