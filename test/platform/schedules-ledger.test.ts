// Runs of schedules in the ledger that starts them: once each, again until they succeed, never again
// after that, whatever dies in between.
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { runsOf } from '../../platform/src/schedules/runs-of.ts';
import { minutely, RunWorld, WAIT } from './schedules-world.ts';

const START = '2026-06-01T10:00:10Z';

async function begin(changes: Parameters<typeof minutely>[0] = {}): Promise<RunWorld> {
  const world = new RunWorld();
  await world.clock(START);
  await world.inForce({ schedules: [minutely(changes)] });
  return world;
}

test('a schedule runs when it is due, once, and the run is facts', async () => {
  const world = await begin();
  await world.at('2026-06-01T10:00:59Z');
  expect(await world.seen()).toEqual([]);
  await world.at('2026-06-01T10:01:00Z');
  await world.at('2026-06-01T10:01:20Z');
  const { ended, open } = await world.landed();
  expect(open).toEqual([]);
  const id = `run_tick_${Date.parse('2026-06-01T10:01:00Z')}`;
  expect(ended).toMatchObject([{ id, status: 'succeeded', attempts: 1, trigger: 'schedule' }]);
  expect(await world.seen()).toMatchObject([
    { kind: 'scheduled', key: id, client_id: 'z0-runs', scope: 'ledger:write platform:run' },
  ]);
  expect(await world.facts()).toEqual(['schedule/in_force', 'run/started', 'run/succeeded']);
});

test('the alarm is set for the next due time', async () => {
  const world = await begin();
  const left = await world.inside(async (_, { storage }) => {
    return ((await storage.getAlarm()) ?? 0) - Date.now();
  });
  expect(left).toBeGreaterThan(40_000);
  expect(left).toBeLessThanOrEqual(50_000);
});

test('the alarm starts what is due, and the next alarm what is due then', async () => {
  const world = new RunWorld();
  // A minute passes within half a second of the real clock, which alone moves here.
  const shift = Date.parse('2026-06-01T10:00:59.500Z') - Date.now();
  await world.inside((ledger) => {
    ledger.clock.now = () => Date.now() + shift;
  });
  await world.inForce({ schedules: [minutely()] });
  await expect.poll(() => world.seen(), WAIT).toHaveLength(1);
  await world.landed();
  await world.inside(async (ledger, { storage }) => {
    ledger.clock.now = () => Date.now() + shift + 59_000;
    await storage.setAlarm(Date.now());
  });
  await expect.poll(() => world.seen(), WAIT).toHaveLength(2);
});

test('a run that failed is tried again under the same id, later each time, and is dead at last', async () => {
  const world = await begin({ data: 'fail' });
  const waits: number[] = [];
  await world.at('2026-06-01T10:01:00Z');
  for (;;) {
    const { open, source } = await world.landed();
    const [run] = open;
    if (run === undefined) break;
    // Only this run is of interest from here on.
    if (waits.length === 0 && source !== null) await world.inForce({ schedules: source.schedules });
    waits.push(run.due_at - Date.parse('2026-06-01T10:01:00Z'));
    await world.inside(async (ledger) => {
      ledger.clock.now = () => run.due_at;
    });
    await world.at(run.due_at);
    if (waits.length > 10) break;
  }
  const { dead } = await world.runs();
  const id = `run_tick_${Date.parse('2026-06-01T10:01:00Z')}`;
  expect(dead.find((run) => run.id === id)).toMatchObject({
    attempts: 4,
    error: 'Error: on purpose',
  });
  const attempts = (await world.seen()).filter(({ key }) => key === id);
  expect(attempts.map(({ body }) => body.attempt)).toEqual([1, 2, 3, 4]);
});

test('a run whose code says that there is no use in trying again is not tried again', async () => {
  const world = await begin({ data: 'final' });
  await world.at('2026-06-01T10:01:00Z');
  expect(await world.landed()).toMatchObject({ open: [], dead: [{ attempts: 1 }] });
});

test('a dead run runs again under its id when it is redriven', async () => {
  const world = await begin({ data: 'final' });
  await world.at('2026-06-01T10:01:00Z');
  const { dead } = await world.landed();
  const id = dead[0]?.id ?? '';
  await world.inForce({ schedules: [minutely({ data: 'ok' })] });
  expect(await world.client().redrive(id, 'operator')).toEqual({ ok: true, value: null });
  expect(await world.landed()).toMatchObject({ open: [], dead: [] });
  expect((await world.runs()).ended.at(-1)).toMatchObject({ id, status: 'succeeded' });
  expect(await world.client().redrive(id, 'operator')).toMatchObject({ ok: false });
  expect((await world.seen()).map(({ key }) => key)).toEqual([id, id]);
});

test('a dead run of a schedule that is gone waits for a version that has it', async () => {
  const world = await begin({ data: 'final' });
  await world.at('2026-06-01T10:01:00Z');
  const { dead } = await world.landed();
  const id = dead[0]?.id ?? '';
  await world.inForce({ schedules: [] });
  expect(await world.client().redrive(id, 'operator')).toMatchObject({
    error: { code: 'conflict', detail: expect.stringContaining('no schedule tick') },
  });
  expect((await world.runs()).dead).toHaveLength(1);
});

test('a run whose process dies before its end was written is tried again under the same id', async () => {
  const world = await begin({ data: 'slow' });
  await world.at('2026-06-01T10:01:00Z');
  await expect.poll(() => world.seen(), WAIT).toHaveLength(1);
  await world.crash();
  await world.at('2026-06-01T10:01:05Z');
  expect((await world.runs()).open).toMatchObject([{ status: 'waiting', attempts: 1 }]);
  await world.at('2026-06-01T10:01:30Z');
  const { ended } = await world.landed();
  expect(ended).toMatchObject([{ status: 'succeeded', attempts: 2 }]);
  const keys = (await world.seen()).map(({ key }) => key);
  expect(keys).toEqual([ended[0]?.id, ended[0]?.id]);
});

test('a run that succeeded is not started again after a crash', async () => {
  const world = await begin();
  await world.at('2026-06-01T10:01:00Z');
  await world.landed();
  await world.crash();
  await world.at('2026-06-01T10:01:30Z');
  await world.landed();
  expect(await world.seen()).toHaveLength(1);
});

test('an attempt that never reached the Worker is not counted', async () => {
  const world = await begin({ data: 'limited' });
  await world.at('2026-06-01T10:01:00Z');
  const { open } = await world.landed();
  expect(open).toMatchObject([{ status: 'waiting', attempts: 0, deferrals: 1 }]);
});

test('an answer that is none is a failure', async () => {
  const world = await begin({ data: 'html' });
  await world.at('2026-06-01T10:01:00Z');
  const { open } = await world.landed();
  expect(open).toMatchObject([{ error: 'The Worker answers no JSON.', attempts: 1 }]);
});

test.each([
  { on_missed: 'skip' as const, started: 0 },
  { on_missed: 'once' as const, started: 1 },
  { on_missed: 'all' as const, started: 3 },
])(
  'after downtime $on_missed starts $started of three missed runs',
  async ({ on_missed, started }) => {
    const world = await begin({ cron: '0 * * * *', on_missed });
    await world.at('2026-06-01T13:30:00Z');
    const { missed } = await world.landed();
    expect(missed['tick']).toMatchObject({ count: 3, more: false, making_up: started });
    expect(await world.seen()).toHaveLength(started);
    await world.at('2026-06-01T13:31:00Z');
    expect(await world.seen()).toHaveLength(started);
  },
);

test('a suspended tenant does not run, and what it missed follows its policy', async () => {
  const world = await begin({ cron: '0 * * * *', on_missed: 'once' });
  const schedules = [minutely({ cron: '0 * * * *', on_missed: 'once' })];
  await world.inForce({ schedules, status: 'paused' });
  await world.at('2026-06-01T11:00:00Z');
  expect(await world.seen()).toEqual([]);
  await world.clock('2026-06-01T12:10:00Z');
  await world.inForce({ schedules });
  await world.landed();
  expect(await world.seen()).toMatchObject([
    { body: { scheduled_time: Date.parse('2026-06-01T12:00:00Z') } },
  ]);
});

test('what is older than the latest in force changes nothing', async () => {
  const world = await begin();
  const { source } = await world.runs();
  if (source === null) throw new TypeError('nothing is in force');
  expect(await world.client().sync({ ...source, schedules: [] }, 0)).toMatchObject({ ok: true });
  expect((await world.runs()).source?.schedules).toHaveLength(1);
});

test('a schedule that is taken away runs no more, its retries neither', async () => {
  const world = await begin({ data: 'fail' });
  await world.at('2026-06-01T10:01:00Z');
  await world.landed();
  await world.inForce({ schedules: [] });
  await world.at('2026-06-01T10:30:00Z');
  expect(await world.landed()).toMatchObject({ open: [], ended: [{ status: 'dropped' }] });
  expect(await world.seen()).toHaveLength(1);
});

test('a run on demand is a run, and a repeat is the same one', async () => {
  const world = await begin();
  const first = await world.client().runNow('tick', 'run_by_hand', 'operator');
  expect(first).toMatchObject({ ok: true, value: { id: 'run_by_hand', trigger: 'manual' } });
  await world.landed();
  const again = await world.client().runNow('tick', 'run_by_hand', 'operator');
  expect(again).toMatchObject({ ok: true, replayed: true, value: { status: 'succeeded' } });
  expect(await world.seen()).toHaveLength(1);
  expect(await world.client().runNow('none', 'run_other', 'operator')).toMatchObject({ ok: false });
});

test('more schedules are due at once than may run at a time, and each runs', async () => {
  const world = new RunWorld();
  await world.clock(START);
  const schedules = Array.from({ length: 60 }, (_, index) => minutely({ name: `tick-${index}` }));
  await world.inForce({ schedules });
  await world.at('2026-06-01T10:01:00Z');
  await expect.poll(async () => (await world.runs()).ended.length, WAIT).toBe(60);
  const keys = (await world.seen()).map(({ key }) => key);
  expect(keys).toHaveLength(60);
  expect(new Set(keys).size).toBe(60);
});

test('state made again from the facts is the same', async () => {
  const world = await begin({ data: 'final' });
  await world.at('2026-06-01T10:01:00Z');
  const before = await world.landed();
  await world.inside(async (ledger) => ledger.reconstructState());
  expect(await world.runs()).toEqual(before);
});

test('a tenant without runs has none', async () => {
  expect(await runsOf(env, 'never-seen').readRuns()).toMatchObject({
    error: { code: 'not_found' },
  });
});
