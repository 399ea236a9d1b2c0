// Keeps a shard's alerts in step with its facts: each is read once, in the transaction that notes how
// far it got. It never writes a fact and can begin anew at any time.
import type { Fact } from '@z0-app/sdk';
import { LENGTH_MS } from '../stats/resolution.ts';
import { ALERT_FACT, newsOf } from './alert-facts.ts';
import { MAX_WINDOW_MINUTES } from './alert-rule.ts';
import { type AlertProgress, AlertTables } from './alert-tables.ts';
import { codesOf, REQUESTS_SUBTYPE, type WatchedCode } from './watched-codes.ts';

/** Facts read in one transaction. */
const PAGE = 500;

/** How far reading may get ahead of its note, where no fact was of use: saves a row a batch. */
const UNNOTED = 1000;

export class AlertProjection {
  readonly tables: AlertTables;
  readonly #storage: DurableObjectStorage;
  /** How far the facts were read since the object started. */
  #read = 0;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.tables = new AlertTables(storage.sql);
  }

  /** Reads every fact since. Whether there is a ledger at all. */
  catchUp(): boolean {
    if (!this.tables.ensure()) return false;
    let page: { last: number; isFull: boolean };
    do {
      page = this.#storage.transactionSync(() => this.#readPage());
      this.#read = page.last;
    } while (page.isFull);
    return true;
  }

  /** Makes all alerts again from the first fact. */
  rebuild(): void {
    if (!this.tables.ensure()) return;
    this.#storage.transactionSync(() => this.tables.clear());
    this.#read = 0;
    this.catchUp();
  }

  #readPage(): { last: number; isFull: boolean } {
    const progress = this.tables.progress();
    const { sql } = this.#storage;
    const head = sql.exec<{ seq: number | null }>('SELECT max(seq) AS seq FROM facts').one().seq;
    const page = sql
      .exec<{ seq: number; type: string; body: string }>(
        `SELECT seq, type, body FROM facts
         WHERE seq > ? AND (type = ? OR (type = 'sdk' AND subtype = ?)) ORDER BY seq LIMIT ?`,
        Math.max(progress.seq, this.#read),
        ALERT_FACT,
        REQUESTS_SUBTYPE,
        PAGE,
      )
      .toArray();
    let { disabled_for } = progress;
    const codes: WatchedCode[] = [];
    for (const { type, body } of page) {
      // Parse edge: the ledger's own text of a fact.
      const fact = JSON.parse(body) as Fact;
      if (type === ALERT_FACT) disabled_for = this.#apply(fact) ?? disabled_for;
      else codes.push(...codesOf(fact));
    }
    this.#count(codes);
    const isFull = page.length === PAGE;
    const last = (isFull ? page.at(-1)?.seq : head) ?? 0;
    const next: AlertProgress = { seq: last, disabled_for };
    if (page.length > 0 || last - progress.seq > UNNOTED) this.tables.setProgress(next);
    return { last, isFull };
  }

  /** The Config that the webhook is disabled for, when the fact says so. */
  #apply(fact: Fact): string | undefined {
    const news = newsOf(fact);
    if (news?.kind === 'fired') this.tables.addFired(news.row);
    if (news?.kind === 'resolved') this.tables.addResolved(news.resolution);
    return news?.kind === 'webhook_disabled' ? news.config : undefined;
  }

  #count(codes: readonly WatchedCode[]): void {
    const keptSince = Date.now() - MAX_WINDOW_MINUTES * LENGTH_MS.minute;
    for (const { tenantId, code, minute, count } of codes) {
      if (minute < keptSince) continue;
      this.tables.addCode(tenantId, code, minute, count);
      this.tables.dropCodesBefore(tenantId, code, keptSince);
    }
  }
}
