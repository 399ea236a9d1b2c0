// Keeps a shard's sums in step with its facts: each fact counted once, in the same transaction as the
// note of how far it got. It never writes a fact and can begin anew at any time.
import * as z from 'zod';
import type { TenantStatsMessage } from '../metrics/tenant-stats.ts';
import { ReportPage } from './report-page.ts';
import { RequestPage } from './request-page.ts';
import type { Retention } from './resolution.ts';
import { type CountedFact, StatsTables } from './stats-tables.ts';
import { isCounted } from './tenant-tally.ts';

/** Facts counted in one transaction. */
const PAGE = 500;

const deadLetter = z.object({
  message_id: z.string(),
  reason: z.string(),
  tenant_id: z.string().nullable(),
  body: z.string(),
});

export class StatsProjection {
  readonly tables: StatsTables;
  readonly #storage: Pick<DurableObjectStorage, 'transactionSync'>;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.tables = new StatsTables(storage.sql);
  }

  /** Counts every fact recorded since. Whether there is a ledger at all. */
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
  isKnownReport({ tenant_id, period, period_start }: TenantStatsMessage): boolean {
    if (!this.tables.ensure()) return false;
    if (period === undefined) return this.tables.hasStart(tenant_id, period_start);
    const tally = this.tables.tally(tenant_id);
    return tally !== undefined && isCounted(tally, period);
  }

  /** Whether the dispatcher's message of this id was counted. Call after `catchUp`. */
  isKnownMessage(id: string): boolean {
    return this.tables.ensure() && this.tables.requests.hasMessage(id);
  }

  /** Whether the dead letter of this id was counted. Call after `catchUp`. */
  isKnownLetter(id: string): boolean {
    return this.tables.ensure() && this.tables.deadLetters.has(id);
  }

  /** Whether there may be more to count. */
  #countPage(given: Retention | undefined): boolean {
    const progress = this.tables.progress();
    const retention = given ?? progress.retention;
    const page = this.tables.factsAfter(progress.seq, PAGE);
    const last = page.at(-1);
    if (!last) return false;
    const reports = new ReportPage(this.tables);
    const requests = new RequestPage(this.tables.requests);
    for (const fact of page) {
      if (fact.subtype === 'tenant_stats') reports.count(fact);
      else if (fact.subtype === 'request_counts') requests.count(fact);
      else this.#countLetter(fact);
    }
    const now = Date.now();
    reports.write(retention, now);
    requests.write(retention, now);
    this.tables.setProgress({ seq: last.seq, retention });
    return page.length === PAGE;
  }

  #countLetter({ seq, recordedAt, data }: CountedFact): void {
    const letter = deadLetter.safeParse(data);
    if (!letter.success || this.isKnownLetter(letter.data.message_id)) return;
    const { message_id: id, ...rest } = letter.data;
    this.tables.deadLetters.add(seq, { id, at: recordedAt, ...rest });
  }
}
