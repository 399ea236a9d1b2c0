// Whatever changes and fails while tenants are told of their plans: in the end each was told what its plan
// allows now, and nobody is told for ever.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type PartProgress,
  type PlanRollout,
  runOf,
  unsettled,
  withPage,
} from '../../platform/src/tenants/plan-rollout.ts';
import type { PlanConfig } from '../../platform/src/tenants/plan-settings.ts';
import { plansFrom } from '../../platform/src/tenants/plans.ts';

const LIMIT = 3;
const TENANTS = Array.from({ length: 8 }, (_, index) => `tenant-${index}`);

const plansWith = (cpu_ms: number) => {
  const config: PlanConfig = {
    name: 'gold',
    id: 'cfg_plan_gold',
    version: 1,
    effective_at: '2026-11-22T00:00:00.000Z',
    settings: { cpu_ms },
  };
  return plansFrom([config]);
};

type Step = { set: number } | { fail: number[] } | { die: true };

const steps = fc.array(
  fc.oneof(
    fc.record({ set: fc.integer({ min: 10, max: 13 }) }),
    fc.record({ fail: fc.array(fc.nat(7), { maxLength: 4 }) }),
    fc.record({ die: fc.constant(true as const) }),
  ),
  { maxLength: 40 },
);

/** One page of the plan `gold`, or of whatever comes before it. */
class Rollout {
  progress: PartProgress = { told: {}, not_before: 0 };
  readonly known = new Map<string, number>();
  cpuMs = 50;

  /** `dies`: the tenants were told, and that they were is lost. */
  tell(failing: readonly number[] = [], dies = false): boolean {
    const progress = runOf('route', this.progress, plansWith(this.cpuMs));
    const { run } = progress;
    this.progress = progress;
    if (run === undefined) return false;
    const ids = run.plan === 'gold' ? this.#page(run) : [];
    const failed = ids.filter((id) => failing.includes(TENANTS.indexOf(id)));
    for (const id of ids) if (!failed.includes(id)) this.known.set(id, this.cpuMs);
    if (!dies) this.progress = { ...progress, run: withPage(run, { ids, failed, limit: LIMIT }) };
    return true;
  }

  #page({ cursor, again }: PlanRollout): string[] {
    if (cursor === null) return again.slice(0, LIMIT);
    return TENANTS.filter((id) => id > cursor).slice(0, LIMIT);
  }
}

function after(story: readonly Step[]): Rollout {
  const rollout = new Rollout();
  for (const step of story) {
    if ('set' in step) rollout.cpuMs = step.set;
    else if ('fail' in step) rollout.tell(step.fail);
    else rollout.tell([], true);
  }
  return rollout;
}

it('everyone ends up with the plan as it is, once it stays and they can be told', () => {
  fc.assert(
    fc.property(steps, (story) => {
      const rollout = after(story);
      for (let turn = 0; rollout.tell(); turn += 1) expect(turn).toBeLessThan(60);
      expect(TENANTS.map((id) => rollout.known.get(id))).toEqual(TENANTS.map(() => rollout.cpuMs));
      const { told } = rollout.progress;
      expect(unsettled('route', told, plansWith(rollout.cpuMs))).toEqual([]);
    }),
  );
});

it('one who can never be told is given up, and keeps nobody else waiting', () => {
  const rollout = new Rollout();
  let turns = 0;
  while (rollout.tell([0])) turns += 1;
  expect(turns).toBeLessThan(60);
  expect(rollout.known.get('tenant-0')).toBeUndefined();
  expect(rollout.known.size).toBe(TENANTS.length - 1);
});

it('of a Worker, only what it is uploaded with is news', () => {
  const before = plansWith(50);
  const told = Object.fromEntries(
    unsettled('worker', {}, before).map(({ plan, target }) => [plan, target]),
  );
  const config = { name: 'gold', id: 'cfg_plan_gold', version: 2, effective_at: '' };
  const more = plansFrom([{ ...config, settings: { cpu_ms: 50, entities: 7 } }]);
  expect(unsettled('worker', told, more)).toEqual([]);
  expect(unsettled('worker', told, plansWith(51))).toMatchObject([{ plan: 'gold' }]);
});
