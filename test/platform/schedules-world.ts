// The ledger of a tenant's runs with a clock that the test moves, and what the tenant's Worker got to
// see. Everything else is the real thing.
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import type { RunLedger } from '../../platform/src/schedules/run-ledger.ts';
import type { Schedule } from '../../platform/src/schedules/run-settings.ts';
import type { RunSource, TenantRuns } from '../../platform/src/schedules/run-state.ts';
import { runsOf } from '../../platform/src/schedules/runs-of.ts';
import { freshId } from './world.ts';

export const WAIT = { timeout: 20_000, interval: 50 };

export interface Seen {
  kind: string;
  scope: string;
  client_id: string;
  key: string;
  body: {
    run_id: string;
    attempt: number;
    scheduled_time: number;
    messages: { id: string; attempts: number; body: unknown }[];
  };
}

export const minutely = (changes: Partial<Schedule> = {}): Schedule => {
  const every = { name: 'tick', cron: '* * * * *', time_zone: 'UTC', on_missed: 'skip' as const };
  return { ...every, data: 'ok', ...changes };
};

export class RunWorld {
  readonly tenant = freshId('runs');
  #seq = 0;

  /** Puts in force what `changes` say, at the time of the clock. */
  async inForce(changes: Partial<RunSource>): Promise<void> {
    this.#seq += 1;
    const none = { schedules: [], queue: null, status: 'active' as const };
    const whose = { tenant_id: this.tenant, version_id: 'ver_1', plan: 'standard' };
    const told = await this.client().sync({ ...none, ...whose, ...changes }, this.#seq);
    expect(told).toEqual({ ok: true, value: null });
  }

  async clock(time: string | number): Promise<void> {
    const now = typeof time === 'number' ? time : Date.parse(time);
    await this.inside((ledger) => {
      ledger.clock.now = () => now;
    });
  }

  /** Moves the clock and lets the alarm ring. */
  async at(time: string | number): Promise<void> {
    await this.clock(time);
    await this.inside(async (ledger) => ledger.alarm());
  }

  /** The process dies: nothing that was only in memory is left. */
  async crash(): Promise<void> {
    await this.inside((_, state) => state.abort('a crash for the test')).catch(() => undefined);
  }

  client() {
    return runsOf(env, this.tenant);
  }

  async runs(): Promise<TenantRuns> {
    const read = await this.client().readRuns();
    if (!read.ok) throw new TypeError(read.error.detail);
    return read.value;
  }

  /** Once no attempt is under way. */
  async landed(): Promise<TenantRuns> {
    await expect
      .poll(async () => (await this.runs()).open.filter((run) => run.status === 'running'), WAIT)
      .toEqual([]);
    return this.runs();
  }

  async seen(): Promise<Seen[]> {
    const response = await env.DISPATCH.fetch(`https://api.test/internal/seen/${this.tenant}`);
    return (await response.json()) as Seen[];
  }

  /** Kinds of the facts about runs, in their order. */
  async facts(): Promise<string[]> {
    const page = await this.client().listFacts({ limit: 100 });
    if (!page.ok) throw new TypeError(page.error.detail);
    return page.value.data.map(({ type, subtype }) => `${type}/${subtype ?? ''}`).slice(1);
  }

  async inside<T>(
    run: (ledger: RunLedger, state: DurableObjectState) => T | Promise<T>,
  ): Promise<T> {
    const stub = env.RUN_LEDGER.get(env.RUN_LEDGER.idFromName(`runs_${this.tenant}`));
    // The namespace is untyped; the name says whose object it is.
    return runInDurableObject(stub as DurableObjectStub<RunLedger>, run);
  }
}
