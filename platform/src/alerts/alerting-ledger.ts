// The part of a system ledger's shard that raises alerts: it judges its tenants when counts arrive and
// by the clock, writes what changed as facts, and sees to it that the webhook hears of them.
import {
  type ConfigsOption,
  configs,
  type FactInput,
  type Outcome,
  SystemLedger as SdkSystemLedger,
  type StateView,
} from '@z0-app/sdk';
import { PLATFORM } from '../configs/platform-ledger.ts';
import type { Env } from '../env.ts';
import { publishLive } from '../live/publish-live.ts';
import { StatsProjection } from '../stats/stats-projection.ts';
import {
  disabledFact,
  type Happened,
  happenedFact,
  transitionFact,
  undeliveredFact,
} from './alert-facts.ts';
import { AlertProjection } from './alert-projection.ts';
import { MAX_WINDOW_MINUTES, PLATFORM_SUBJECT } from './alert-rule.ts';
import { type AlertSettings, DEFAULT_SETTINGS, readAlertSettings } from './alert-settings.ts';
import type { Alert, AlertQuery } from './alert-view.ts';
import { deliverNext } from './deliver-alerts.ts';
import { judge } from './judge.ts';
import { figuresOf } from './shard-figures.ts';

type LedgerHost = Parameters<ConfigsOption['attach']>[0];

const MINUTE_MS = 60_000;

/** While something is open or watched, a shard looks again this often. */
const LOOK_MS = MINUTE_MS;

/** Settings that came with counts are taken as they are for as long. */
const SETTINGS_AGE_MS = 5 * MINUTE_MS;

/** Deliveries in one go; between two the shard looks at its tenants. */
const MAX_DELIVERIES = 10;

export class AlertingLedger extends SdkSystemLedger<Env> {
  readonly #core: { host?: LedgerHost };
  /** What the shard's facts add up to; one for all that is asked of it. */
  protected readonly stats = new StatsProjection(this.ctx.storage);
  readonly #alerts = new AlertProjection(this.ctx.storage);
  /** One judgement after the other: what is open must not change in between. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: Env) {
    const core: { host?: LedgerHost } = {};
    const inner = configs({ scope: 'platform' });
    const outer: ConfigsOption = {
      attach(host) {
        core.host = host;
        return inner.attach(host);
      },
    };
    super(ctx, env, { configs: outer });
    this.#core = core;
  }

  /**
   * Judges subjects of this shard, `''` for the platform itself, as of `now`; those whose alerts
   * changed. Without settings, by those it knows. A subject that cannot be judged is logged.
   */
  async judgeAlerts(
    subjects: readonly string[],
    now: number,
    settings?: AlertSettings,
  ): Promise<string[]> {
    if (!this.#alerts.catchUp()) return [];
    const known = settings ? this.#keep(settings) : this.#known().settings;
    const until = now + longestWindow(known);
    for (const subject of subjects) this.#alerts.tables.watch(subject, until);
    // Before anything is decided: whatever happens then, it is looked at again.
    await this.#core.host?.alarms.within(LOOK_MS);
    return this.#judgeInTurn(subjects, now, known);
  }

  /** Fires an alert about what happened to a tenant. The same again, while it is open, changes nothing. */
  async raiseAlert(subject: string, happened: Happened, now: number): Promise<void> {
    if (!this.#alerts.catchUp()) return;
    const running = this.#turn.then(async () => {
      const { tables } = this.#alerts;
      const open = tables.open(subject).find(({ rule }) => rule === happened.rule);
      if (open !== undefined && tables.textOf(open.id) === happened.text) return;
      if (open !== undefined) {
        const resolved = { kind: 'resolved', alert: open, value: null } as const;
        await this.#append(transitionFact(resolved, subject, now));
      }
      await this.#append(happenedFact(happened, subject, now));
      this.#core.host?.alarms.soon(0);
    });
    this.#turn = running.catch(() => undefined);
    await running;
    await this.#core.host?.alarms.within(LOOK_MS);
  }

  /** Rings in `ms` milliseconds at the latest. */
  protected async wakeWithin(ms: number): Promise<void> {
    await this.#core.host?.alarms.within(ms);
  }

  /** Newest first. */
  async alerts(query: AlertQuery): Promise<Alert[]> {
    return this.#alerts.catchUp() ? this.#alerts.tables.list(query) : [];
  }

  override async alarm(): Promise<void> {
    await super.alarm();
    if (!this.#alerts.catchUp()) return;
    try {
      const settings = await this.#freshSettings();
      const now = Date.now();
      const { tables } = this.#alerts;
      const subjects = [...new Set([...tables.watched(now), ...tables.openSubjects()])];
      const changed = await this.#judgeInTurn(subjects, now, settings);
      if (changed.length > 0) {
        const tenants = changed.filter((subject) => subject !== PLATFORM_SUBJECT);
        await publishLive(this.env, { type: 'alert', tenants });
      }
      await this.#deliver(settings);
    } finally {
      const ms = this.#restMs();
      if (ms !== undefined) await this.#core.host?.alarms.within(ms);
    }
  }

  /** Alerts are made again as well. */
  override async reconstructState(): Promise<Outcome<StateView>> {
    const outcome = await super.reconstructState();
    this.#alerts.rebuild();
    return outcome;
  }

  async #judgeInTurn(
    subjects: readonly string[],
    now: number,
    settings: AlertSettings,
  ): Promise<string[]> {
    const running = this.#turn.then(async () => {
      this.stats.catchUp();
      this.#alerts.catchUp();
      const changed: string[] = [];
      for (const subject of subjects) {
        if (await this.#judge(subject, now, settings)) changed.push(subject);
      }
      return changed;
    });
    this.#turn = running.catch(() => undefined);
    return running;
  }

  async #judge(subject: string, now: number, { rules }: AlertSettings): Promise<boolean> {
    try {
      const { tables: alerts } = this.#alerts;
      const sources = { stats: this.stats.tables, alerts, sql: this.ctx.storage.sql };
      const figures = figuresOf(sources, subject);
      const open = alerts.open(subject);
      const transitions = judge({ subject, rules, open, figures, now });
      for (const transition of transitions) {
        await this.#append(transitionFact(transition, subject, now));
      }
      if (transitions.length > 0) this.#core.host?.alarms.soon(0);
      return transitions.length > 0;
    } catch (error) {
      const entry = { level: 'error', event: 'alerts_not_judged', subject };
      console.error(JSON.stringify({ ...entry, detail: String(error).slice(0, 500) }));
      return false;
    }
  }

  /** Hands on what happened since, in order, as far as the receiver takes it. */
  async #deliver(settings: AlertSettings): Promise<void> {
    for (let sent = 0; sent < MAX_DELIVERIES; sent += 1) {
      const result = await deliverNext(this.env, this.#alerts, settings);
      if (result.kind === 'idle') return;
      if (result.kind === 'gone') await this.#append(disabledFact(settings.source));
      if (result.kind === 'given_up') {
        await this.#append(undeliveredFact(result.factId, result.attempts, result.reason));
      }
    }
  }

  async #append(fact: FactInput): Promise<void> {
    await this.appendFact(fact, { tenantId: PLATFORM, principal: PLATFORM });
    this.#alerts.catchUp();
  }

  /** When to look again: milliseconds, or never while nothing happens. */
  #restMs(): number | undefined {
    const { tables } = this.#alerts;
    const { seq, due_at } = tables.delivery();
    if (tables.eventAfter(seq)) return Math.min(Math.max(0, due_at - Date.now()), LOOK_MS);
    const isBusy = tables.watched(Date.now()).length > 0 || tables.openSubjects().length > 0;
    return isBusy ? LOOK_MS : undefined;
  }

  #keep(settings: AlertSettings): AlertSettings {
    const known = this.#alerts.tables.settings();
    const text = JSON.stringify(settings);
    const now = Date.now();
    if (known?.settings !== text || known.read_at < now - MINUTE_MS) {
      this.#alerts.tables.setSettings(text, now);
    }
    return settings;
  }

  #known(): { settings: AlertSettings; readAt: number } {
    const known = this.#alerts.tables.settings();
    if (!known) return { settings: DEFAULT_SETTINGS, readAt: 0 };
    // Parse edge: written by `#keep`.
    return { settings: JSON.parse(known.settings) as AlertSettings, readAt: known.read_at };
  }

  /** A shard that nothing reaches hears of new rules all the same. */
  async #freshSettings(): Promise<AlertSettings> {
    const { settings, readAt } = this.#known();
    if (readAt > Date.now() - SETTINGS_AGE_MS) return settings;
    const fresh = await readAlertSettings(this.env);
    return fresh ? this.#keep(fresh) : settings;
  }
}

function longestWindow({ rules }: AlertSettings): number {
  const minutes = rules.map(({ window_minutes }) => window_minutes);
  return Math.min(Math.max(1, ...minutes), MAX_WINDOW_MINUTES) * MINUTE_MS;
}
