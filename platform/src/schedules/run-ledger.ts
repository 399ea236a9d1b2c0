// The ledger of one tenant's runs: starts what is due in the tenant's Worker, each run at least once and
// never again after it succeeded, and keeps every step as a fact. One alarm of its own for each tenant,
// so that nobody waits for another's code. It never decides what is in force: the tenant's ledger does.
import { EntityLedger, type Fact, type FactInput, type Invariant, type Outcome } from '@z0-app/sdk';
import { LedgerError } from '@z0-app/sdk/errors';
import { PLATFORM } from '../configs/platform-ledger.ts';
import type { Env } from '../env.ts';
import { publishLive } from '../live/publish-live.ts';
import { retryDelayMs } from './backoff.ts';
import { RUN_LIMIT_MS } from './deliver.ts';
import { deliverRun, type RunResult } from './deliver-run.ts';
import { dueAt, nextDue } from './due-times.ts';
import type { NewMessage } from './queue-message.ts';
import { QueueRunner } from './queue-runner.ts';
import { runFacts, runRefusal } from './run-facts.ts';
import type { Schedule } from './run-settings.ts';
import {
  evolveRuns,
  NO_RUNS,
  type Run,
  type RunSource,
  runIdOf,
  scheduleNamed,
  type TenantRuns,
  type Trigger,
} from './run-state.ts';

/** One cached value for each part: one may have a megabyte. */
const PARTS = ['source', 'settled', 'missed', 'open', 'ended', 'dead'] as const;
/** Tries of a run, all told. */
const MAX_ATTEMPTS = 4;
const FIRST_RETRY_MS = 5_000;
/** Tries that did not reach the Worker; after them one counts like any other. */
const MAX_DEFERRALS = 100;
const FIRST_DEFERRAL_MS = 15_000;
/** Under way at a time. The others wait for their turn. */
const MAX_FLYING = 20;
/** Open at a time; due times beyond are noted as missed. */
const MAX_OPEN = 2_000;
/** When the alarm looks after runs that are under way: those whose process died are found open. */
const GIVEN_UP_MS = RUN_LIMIT_MS + 10_000;
/** How soon the alarm looks after a fact, should the process die on the way. */
const HEAL_MS = 2_000;
const MAX_HEAL_MS = 60_000;
/** Between two looks, whatever there is to do. */
const LEAST_MS = 20;

export class RunLedger extends EntityLedger<Env> {
  /** Milliseconds since 1970; a test moves it. A field, so that no caller reaches it. */
  readonly clock: { now: () => number } = { now: Date.now };
  readonly #queue = new QueueRunner({
    env: this.env,
    sql: this.ctx.storage.sql,
    now: () => this.clock.now(),
    source: () => this.#runs().source,
    record: async (fact) => this.#record(fact),
    rearm: async () => this.#arm(),
    keepAlive: (work) => this.ctx.waitUntil(work),
  });
  /** Ids of the runs whose answer this process waits for. */
  readonly #flying = new Set<string>();
  /** By schedule: when it is due after what is settled. */
  readonly #due = new Map<string, { key: string; at: number | undefined }>();
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * Takes over what is in force. `seq` is that of the tenant's ledger which says so: what is older
   * than the latest changes nothing. Safe to repeat.
   */
  async sync(source: RunSource, seq: number): Promise<Outcome<null>> {
    if ((this.ctx.storage.kv.get<number>('source_seq') ?? 0) > seq) return DONE;
    const entity = await this.createEntity(
      { id: source.tenant_id, type: 'runs' },
      { tenantId: PLATFORM, principal: PLATFORM },
    );
    if (!entity.ok && entity.error.code !== 'already_exists') return entity;
    if (JSON.stringify(this.#runs().source) !== JSON.stringify(source)) {
      const told = await this.#append(runFacts.inForce({ source, at: this.clock.now() }));
      if (!told.ok) return told;
    }
    this.ctx.storage.kv.put('source_seq', seq);
    if (source.status === 'gone') this.#queue.clear();
    await this.#round();
    return DONE;
  }

  /** Errors: `not_found` for a tenant that never had a schedule or a queue. */
  async readRuns(): Promise<Outcome<TenantRuns & { queue: ReturnType<QueueRunner['counts']> }>> {
    const runs = this.#runs();
    if (runs.source === null) return missing('There are no runs.');
    return { ok: true, value: { ...runs, queue: this.#queue.counts() } };
  }

  /**
   * Starts a run of a schedule now; due times go on as they were. A repeat with the same `id` is the
   * run that it made. Errors: `not_found`, `conflict` while nothing may run.
   */
  async runNow(name: string, id: string, by: string): Promise<Outcome<Run>> {
    const state = this.#runs();
    if (scheduleNamed(state, name) === undefined) return missing('There is no such schedule.');
    const known = this.#run(id);
    if (known !== undefined) return { ok: true, value: known, replayed: true };
    if (state.source?.status !== 'active') return conflict('The tenant is not active.');
    if (state.open.length >= MAX_OPEN) return conflict('Too many runs wait; try again later.');
    const now = this.clock.now();
    const fact = { run_id: id, schedule: name, trigger: 'manual' as const, scheduled_at: now };
    const told = await this.#append(runFacts.queued({ ...fact, by }));
    if (!told.ok) return told;
    await this.#round();
    const run = this.#run(id);
    return run === undefined ? missing('There is no such run.') : { ok: true, value: run };
  }

  /** Tries again what failed for good, under the same id. Errors: `not_found`. */
  async redrive(id: string, by: string): Promise<Outcome<null>> {
    if (this.#queue.isDead(id)) {
      await this.#record({ type: 'queue', subtype: 'redriven', data: { message_id: id, by } });
      this.#queue.revive(id);
    } else if (this.#runs().dead.some((run) => run.id === id)) {
      const told = await this.#append(runFacts.redriven({ run_id: id, at: this.clock.now(), by }));
      if (!told.ok) return told;
    } else {
      return missing('There is no such dead letter.');
    }
    await this.#round();
    return DONE;
  }

  /** See `QueueRunner.send`. */
  async send(messages: readonly NewMessage[]): Promise<Outcome<string[]>> {
    const sent = this.#queue.send(messages);
    if (sent.ok) await this.#arm();
    return sent;
  }

  /** Messages that failed for good, latest first. */
  async deadMessages(limit: number): Promise<ReturnType<QueueRunner['dead']>> {
    return this.#queue.dead(limit);
  }

  /** Whether no answer of the tenant's Worker is waited for. */
  async isIdle(): Promise<boolean> {
    return this.#flying.size === 0 && this.#queue.isIdle();
  }

  /** Never throws: it would be given up after six tries. */
  override async alarm(): Promise<void> {
    try {
      await super.alarm();
      await this.#round();
      this.ctx.storage.kv.delete('failures');
    } catch (error) {
      const failures = (this.ctx.storage.kv.get<number>('failures') ?? 0) + 1;
      this.ctx.storage.kv.put('failures', failures);
      const delayMs = Math.min(HEAL_MS * 2 ** failures, MAX_HEAL_MS);
      await this.ctx.storage.setAlarm(Date.now() + delayMs);
      warn('run_round_failed', error);
    }
  }

  protected override updateCachedState(fact: Fact): void {
    const before = this.#runs();
    const next = evolveRuns(before, fact);
    for (const part of PARTS) {
      if (next[part] !== before[part]) this.cachedStateManager.set(part, next[part]);
    }
    // Part of the fact's own commit; a round that ends well sets the right one. Not awaited, for no
    // I/O may come between.
    void this.ctx.storage.setAlarm(Date.now() + HEAL_MS);
  }

  protected override invariants(): readonly Invariant[] {
    return [{ name: 'run_order', check: (fact) => runRefusal(this.#runs(), fact) }];
  }

  #runs(): TenantRuns {
    const read = <T>(part: (typeof PARTS)[number], none: T): T =>
      this.cachedStateManager.get<T>(part) ?? none;
    return {
      source: read('source', NO_RUNS.source),
      settled: read('settled', NO_RUNS.settled),
      missed: read('missed', NO_RUNS.missed),
      open: read('open', NO_RUNS.open),
      ended: read('ended', NO_RUNS.ended),
      dead: read('dead', NO_RUNS.dead),
    };
  }

  #run(id: string): Run | undefined {
    const { open, ended } = this.#runs();
    return open.find((run) => run.id === id) ?? ended.findLast((run) => run.id === id);
  }

  /** Starts all that is due, one round after the other, and sets the alarm for what comes next. */
  #round(): Promise<void> {
    const done = this.#turn.then(async () => {
      const { source, settled } = this.#runs();
      if (source?.status !== 'active') return;
      for (const schedule of source.schedules) {
        const next = this.#nextDue(schedule, settled);
        if (next !== undefined && next <= this.clock.now()) await this.#startDue(schedule);
      }
      await this.#startOpen();
      this.#queue.round();
      await this.#arm();
    });
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #startDue(schedule: Schedule): Promise<void> {
    const { name } = schedule;
    const { settled, open } = this.#runs();
    const now = this.clock.now();
    const { runs, missed } = dueAt(schedule, { settledMs: settled[name] ?? now, nowMs: now });
    if (missed !== undefined) {
      const room = Math.max(0, MAX_OPEN - open.length);
      const made = room === 0 ? [] : missed.making_up.slice(-room);
      const { count, more, first, last } = missed;
      const note = { schedule: name, count, more, first, last, noted_at: now };
      const making = made.map((time) => ({ run_id: runIdOf(name, time), scheduled_at: time }));
      const fact = { ...note, making_up: made.length, runs: making };
      // Another round came first when it is refused; its outcome stands.
      await this.#append(runFacts.missed(fact));
    }
    for (const time of runs.filter((one) => !missed?.making_up.includes(one))) {
      const run = { run_id: runIdOf(name, time), schedule: name, scheduled_at: time };
      await this.#begin({ ...run, trigger: 'schedule' }, 1);
    }
  }

  async #startOpen(): Promise<void> {
    const now = this.clock.now();
    for (const run of this.#runs().open) {
      if (this.#flying.has(run.id)) continue;
      if (run.status === 'running') await this.#orphaned(run);
      else if (run.due_at <= now) await this.#begin({ ...run, run_id: run.id }, run.attempts + 1);
    }
  }

  /** Its process died: whether the tenant's code ran is unknown, so it is tried again. */
  async #orphaned(run: Run): Promise<void> {
    const error = 'The platform stopped before the run ended.';
    await this.#end(run.id, run.attempts, { kind: 'failed', error, reached: true, final: false });
  }

  async #begin(
    run: { run_id: string; schedule: string; trigger: Trigger; scheduled_at: number },
    attempt: number,
  ): Promise<void> {
    const { run_id, schedule: name, trigger, scheduled_at } = run;
    const state = this.#runs();
    const schedule = scheduleNamed(state, name);
    if (schedule === undefined || state.source === null) return;
    const what = { run_id, schedule: name, trigger, scheduled_at };
    if (this.#flying.size >= MAX_FLYING) {
      const isOpen = state.open.some(({ id }) => id === run_id);
      if (!isOpen) await this.#append(runFacts.queued(what));
      return;
    }
    const told = await this.#append(runFacts.started({ ...what, attempt, at: this.clock.now() }));
    if (!told.ok) return;
    this.#flying.add(run_id);
    const { tenant_id: tenantId } = state.source;
    // Not awaited: a slow Worker must not hold up the tenant's other schedules. Should the process
    // die, the alarm finds the run open and its answer awaited by nobody.
    this.ctx.waitUntil(this.#fly({ tenantId, schedule, run: what, attempt }));
  }

  async #fly(flight: Parameters<typeof deliverRun>[1]): Promise<void> {
    const { run_id: id } = flight.run;
    try {
      const result = await deliverRun(this.env, flight);
      await this.#end(id, flight.attempt, result);
    } catch (error) {
      warn('run_not_recorded', error);
    } finally {
      this.#flying.delete(id);
      await this.#arm();
    }
  }

  async #end(id: string, attempt: number, result: RunResult): Promise<void> {
    const at = this.clock.now();
    if (result.kind === 'succeeded') {
      await this.#append(runFacts.succeeded({ run_id: id, attempt, at }));
      return;
    }
    const { error, reached, final } = result;
    const deferrals = this.#run(id)?.deferrals ?? 0;
    const counts = reached || deferrals >= MAX_DEFERRALS;
    if (final || (counts && attempt >= MAX_ATTEMPTS)) {
      await this.#append(runFacts.dead({ run_id: id, attempt, at, error }));
      return;
    }
    const delayMs = counts
      ? retryDelayMs(attempt, FIRST_RETRY_MS, Math.random())
      : retryDelayMs(deferrals + 1, FIRST_DEFERRAL_MS, Math.random());
    const retry_at = at + delayMs;
    await this.#append(runFacts.failed({ run_id: id, attempt, at, error, retry_at, counts }));
  }

  /** Asked with every fact, and mostly for the same answer. */
  #nextDue(schedule: Schedule, settled: TenantRuns['settled']): number | undefined {
    const after = settled[schedule.name] ?? this.clock.now();
    const key = `${schedule.cron} ${schedule.time_zone} ${after}`;
    const known = this.#due.get(schedule.name);
    if (known?.key === key) return known.at;
    const at = nextDue(schedule, after);
    this.#due.set(schedule.name, { key, at });
    return at;
  }

  /** Sets the alarm for the earliest thing to do; while nothing may run, there is none. */
  async #arm(): Promise<void> {
    const { source, settled, open } = this.#runs();
    if (source?.status !== 'active') return;
    const now = this.clock.now();
    const isFull = this.#flying.size >= MAX_FLYING;
    const due = source.schedules.map((one) => this.#nextDue(one, settled));
    const tried = open.map((run) => {
      // Whatever lands makes room, and sets the alarm again; should the process die, this one rings.
      if (isFull || this.#flying.has(run.id)) return now + GIVEN_UP_MS;
      return run.status === 'running' ? now : run.due_at;
    });
    const times = [...due, ...tried, this.#queue.nextAt()].filter((time) => time !== undefined);
    if (times.length === 0) return;
    const inMs = Math.max(LEAST_MS, Math.min(...times) - now);
    await this.ctx.storage.setAlarm(Date.now() + inMs);
  }

  /** A refusal is that of the order of runs; anything else is thrown, to be tried again later. */
  async #append(fact: FactInput): Promise<Outcome<Fact>> {
    const outcome = await this.append(fact, { tenantId: PLATFORM, principal: PLATFORM });
    if (!outcome.ok) {
      if (outcome.error.code !== 'invariant_violated') throw new LedgerError(outcome.error);
      return conflict(outcome.error.errors?.[0]?.detail ?? outcome.error.detail);
    }
    const { source } = this.#runs();
    if (source !== null)
      void publishLive(this.env, { type: 'tenant', tenants: [source.tenant_id] });
    return outcome;
  }

  async #record(fact: FactInput): Promise<void> {
    await this.#append(fact);
  }
}

const DONE: { ok: true; value: null } = { ok: true, value: null };

function missing(detail: string): Outcome<never> {
  return { ok: false, error: { code: 'not_found', detail } };
}

function conflict(detail: string): Outcome<never> {
  return { ok: false, error: { code: 'conflict', detail } };
}

function warn(event: string, error: unknown): void {
  console.warn(JSON.stringify({ level: 'warn', event, detail: String(error).slice(0, 500) }));
}
