// A tenant whose Worker keeps failing is given a rest; its neighbours are not.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Breakers, type Guarded } from '../../dispatcher/src/breakers.ts';

type Answer = 'good' | 'bad';
let breakers: Breakers<Answer>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
  breakers = new Breakers({
    isFailure: (answer) => answer === 'bad',
    threshold: 3,
    restMs: 2_000,
    trialMs: 35_000,
    maxTenants: 100,
  });
});

afterEach(() => {
  vi.useRealTimers();
});

const run = (tenant: string, answer: Answer): Promise<Guarded<Answer>> =>
  breakers.run(tenant, () => Promise.resolve(answer));
const fail = async (tenant: string, times: number): Promise<void> => {
  for (let i = 0; i < times; i += 1) await run(tenant, 'bad');
};
const passed = (value: Answer): Guarded<Answer> => ({ open: false, value });
const RESTING: Guarded<Answer> = { open: true, retryAfterSeconds: 2 };

test('failures in a row open it, and then nothing is sent', async () => {
  await fail('acme', 3);
  const work = vi.fn(() => Promise.resolve<Answer>('good'));
  expect(await breakers.run('acme', work)).toEqual(RESTING);
  expect(work).not.toHaveBeenCalled();
});

test('an answer in between keeps it closed', async () => {
  await fail('acme', 2);
  await run('acme', 'good');
  await fail('acme', 2);
  expect(await run('acme', 'good')).toEqual(passed('good'));
});

test("one tenant's open breaker does not touch another tenant", async () => {
  await fail('acme', 3);
  expect(await run('acme', 'good')).toEqual(RESTING);
  expect(await run('globex', 'good')).toEqual(passed('good'));
});

test('after the rest one good answer closes it', async () => {
  await fail('acme', 3);
  vi.advanceTimersByTime(2_000);
  expect(await run('acme', 'good')).toEqual(passed('good'));
  expect(await run('acme', 'good')).toEqual(passed('good'));
});

test('after the rest one bad answer opens it again', async () => {
  await fail('acme', 3);
  vi.advanceTimersByTime(2_000);
  expect(await run('acme', 'bad')).toEqual(passed('bad'));
  expect(await run('acme', 'good')).toEqual(RESTING);
});

test('while one request tries, the others are turned away and wait for nobody', async () => {
  await fail('acme', 3);
  vi.advanceTimersByTime(2_000);
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const trial = breakers.run('acme', () => promise);
  expect(await run('acme', 'good')).toEqual(RESTING);
  resolve('good');
  expect(await trial).toEqual(passed('good'));
  expect(await run('acme', 'good')).toEqual(passed('good'));
});

test('a trial whose caller vanished does not keep the tenant shut for ever', async () => {
  await fail('acme', 3);
  vi.advanceTimersByTime(2_000);
  void breakers.run('acme', () => new Promise<Answer>(() => {}));
  vi.advanceTimersByTime(34_999);
  expect(await run('acme', 'good')).toEqual(RESTING);
  vi.advanceTimersByTime(1);
  expect(await run('acme', 'good')).toEqual(passed('good'));
});

test('a caller who leaves counts neither way', async () => {
  await fail('acme', 2);
  const left = breakers.run('acme', () => Promise.reject(new TypeError('aborted')));
  await expect(left).rejects.toThrow('aborted');
  await fail('acme', 1);
  expect(await run('acme', 'good')).toEqual(RESTING);
});

test('the number of tenants remembered is bounded', async () => {
  await fail('acme', 3);
  for (let i = 0; i < 100; i += 1) await run(`tenant-${i}`, 'good');
  expect(await run('acme', 'good')).toEqual(passed('good'));
});
