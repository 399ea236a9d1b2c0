// What holds whatever facts are tried, in whatever order: the rules alone, without storage or alarms.
import type { FactInput } from '@z0-app/sdk';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runFacts, runRefusal } from '../../platform/src/schedules/run-facts.ts';
import {
  evolveRuns,
  NO_RUNS,
  type RunSource,
  runIdOf,
  type TenantRuns,
} from '../../platform/src/schedules/run-state.ts';
import { minutely } from './schedules-world.ts';

const NAMES = ['tick', 'tock'];
const ERROR = 'Error: on purpose';

const name = fc.constantFrom(...NAMES);
const time = fc.integer({ min: 1, max: 5 });
const attempt = fc.integer({ min: 1, max: 4 });
const at = fc.integer({ min: 0, max: 9 });

const due = fc.record({ schedule: name, scheduled_at: time });
const fact: fc.Arbitrary<FactInput> = fc.oneof(
  fc.tuple(due, attempt, at).map(([one, tries, now]) => {
    const run = { ...one, run_id: idOf(one), trigger: 'schedule' as const };
    return runFacts.started({ ...run, attempt: tries, at: now });
  }),
  due.map((one) => runFacts.queued({ ...one, run_id: idOf(one), trigger: 'schedule' })),
  fc.tuple(due, attempt).map(([one, tries]) => {
    return runFacts.succeeded({ run_id: idOf(one), attempt: tries, at: 9 });
  }),
  fc.tuple(due, attempt, fc.boolean()).map(([one, tries, counts]) => {
    const failure = { run_id: idOf(one), attempt: tries, at: 9, error: ERROR };
    return runFacts.failed({ ...failure, retry_at: 10, counts });
  }),
  fc.tuple(due, attempt).map(([one, tries]) => {
    return runFacts.dead({ run_id: idOf(one), attempt: tries, at: 9, error: ERROR });
  }),
  due.map((one) => runFacts.redriven({ run_id: idOf(one), at: 9, by: 'operator' })),
  fc.tuple(due, fc.boolean()).map(([{ schedule, scheduled_at: last }, makesUp]) => {
    const runs = makesUp ? [{ run_id: runIdOf(schedule, last), scheduled_at: last }] : [];
    const note = { schedule, count: 1, more: false, first: last, last, noted_at: 9 };
    return runFacts.missed({ ...note, making_up: runs.length, runs });
  }),
  fc.subarray(NAMES).map((names) => runFacts.inForce({ source: sourceOf(names), at: 9 })),
);

function idOf({ schedule, scheduled_at }: { schedule: string; scheduled_at: number }): string {
  return runIdOf(schedule, scheduled_at);
}

function sourceOf(names: readonly string[]): RunSource {
  const schedules = names.map((one) => minutely({ name: one }));
  const rest = { queue: null, status: 'active' as const, plan: 'free', version_id: 'ver_1' };
  return { tenant_id: 'acme', schedules, ...rest };
}

/** Applies those facts that are not refused; answers them with the state before each. */
function story(facts: readonly FactInput[]): { said: FactInput; before: TenantRuns }[] {
  let state = evolveRuns(NO_RUNS, said(runFacts.inForce({ source: sourceOf(NAMES), at: 0 })));
  return facts.flatMap((one) => {
    if (runRefusal(state, said(one)) !== undefined) return [];
    const before = state;
    state = evolveRuns(state, said(one));
    return [{ said: one, before }];
  });
}

const said = (one: FactInput) => ({ ...one, data: one.data ?? {} });

test('a run that succeeded is never started again', () => {
  fc.assert(
    fc.property(fc.array(fact, { maxLength: 60 }), (facts) => {
      const over = new Set<unknown>();
      for (const { said: one } of story(facts)) {
        const id = one.data?.['run_id'];
        if (one.subtype === 'started') expect(over.has(id)).toBe(false);
        if (one.subtype === 'succeeded') over.add(id);
      }
    }),
    { numRuns: 500 },
  );
});

test('a run is in one place, its attempts follow one another, and none ends that did not begin', () => {
  fc.assert(
    fc.property(fc.array(fact, { maxLength: 60 }), (facts) => {
      for (const { said: one, before } of story(facts)) {
        const run = before.open.find(({ id }) => id === one.data?.['run_id']);
        if (one.subtype === 'started') {
          expect(one.data?.['attempt']).toBe((run?.attempts ?? 0) + 1);
        }
        if (['succeeded', 'failed', 'dead'].includes(one.subtype ?? '')) {
          expect(run).toMatchObject({ status: 'running', attempts: one.data?.['attempt'] });
        }
        const ids = [...before.open, ...before.dead].map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
      }
    }),
    { numRuns: 500 },
  );
});
