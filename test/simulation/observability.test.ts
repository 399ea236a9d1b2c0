// What must hold of the simulation: it tells as the SDK does, its levels add up, it repeats itself, and
// the page in docs is what it prints.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { SYSTEM_SHARDS, systemShardOf } from '../../platform/src/metrics/system-shard.ts';
import { DEFAULTS, KINDS, MINUTES } from './assumptions.ts';
import { costsOf, totalOf } from './costs.ts';
import { simulateRequests } from './dispatcher-level.ts';
import { emit } from './emitted-clock.ts';
import { MINUTE_MS, SPAN_MS, tellings, writesOf } from './ledger-level.ts';
import { billed, METERS, QUEUE_MESSAGE_BYTES } from './prices.ts';
import { Random } from './random.ts';
import { reportText } from './report.ts';
import { batchesOf } from './shard-level.ts';
import { type Simulation, simulate, tenantName } from './simulate.ts';
import { simulateAll } from './variations.ts';

const SMALL = { ...DEFAULTS, tenants: 300 };

let small: Simulation;
beforeAll(async () => {
  small = await simulate(SMALL);
});

describe('a ledger', () => {
  test('tells when the SDK’s own emitter does, with as many alarms and rows', async () => {
    const random = new Random(7);
    for (let ledger = 0; ledger < 40; ledger += 1) {
      const writes = writesOf(random);
      const emitted = await emit(writes, SPAN_MS);
      const { times, alarms, rows } = tellings(writes, -Infinity);
      const { sent: _sent, ...real } = emitted;
      expect({ times, alarms, rows }, `ledger ${ledger}`).toEqual(real);
    }
  });

  test('sends at most one fact a kind in any minute, however often it is written to', async () => {
    const random = new Random(11);
    for (const perMinute of [0.2, 1, 7, 60]) {
      const writes: number[] = [];
      for (let at = 0; at < SPAN_MS; at += random.gap(perMinute / MINUTE_MS)) {
        writes.push(Math.floor(at));
      }
      const { sent } = await emit(writes, SPAN_MS);
      for (const ofKind of Map.groupBy(sent, ({ subtype }) => subtype).values()) {
        expect(leastGap(ofKind.map(({ data }) => Number(data.period_end)))).toBeGreaterThanOrEqual(
          MINUTE_MS,
        );
      }
    }
  });

  test('sends at most one fact a kind and minute in the whole simulation', () => {
    for (const { told } of small.tenants) {
      for (const own of Map.groupBy(told, ({ entity }) => entity).values()) {
        expect(leastGap(own.map(({ at }) => at))).toBeGreaterThanOrEqual(MINUTE_MS);
      }
    }
  });
});

function leastGap(times: readonly number[]): number {
  return Math.min(...times.slice(1).map((time, index) => time - (times[index] ?? 0)));
}

describe('the shards', () => {
  test('hold about as many tenants each', () => {
    const tenants = Array.from({ length: DEFAULTS.tenants }, (_, index) => tenantName(index));
    const counts = [...Map.groupBy(tenants, systemShardOf).values()].map(({ length }) => length);
    const mean = DEFAULTS.tenants / SYSTEM_SHARDS.length;
    expect(counts).toHaveLength(SYSTEM_SHARDS.length);
    expect(Math.max(...counts)).toBeLessThan(mean * 1.15);
    expect(Math.min(...counts)).toBeGreaterThan(mean * 0.85);
  });
});

describe('a message', () => {
  test('is under what a queue takes', () => {
    expect(small.largestMessage).toBeGreaterThan(0);
    expect(small.largestMessage).toBeLessThan(QUEUE_MESSAGE_BYTES);
  });

  test('is, too, when every tenant was asked for in one window', () => {
    const tenants = Array.from({ length: DEFAULTS.tenants }, (_, index) => {
      return { tenantId: tenantName(index), appends: 2 };
    });
    const { messages } = simulateRequests(new Random(1), tenants, MINUTE_MS);
    const sizes = messages.map(({ message }) => JSON.stringify(message).length);
    expect(Math.max(...sizes)).toBeGreaterThan(64_000);
    expect(Math.max(...sizes)).toBeLessThan(QUEUE_MESSAGE_BYTES);
  });
});

describe('the levels add up', () => {
  test('every request is in one message', () => {
    const counted = small.dispatcher.messages.flatMap(({ message }) =>
      Object.values(message.tenants).map(({ requests }) => requests),
    );
    expect(counted.reduce((sum, requests) => sum + requests, 0)).toBe(small.dispatcher.requests);
  });

  test('every telling is a fact of each kind, and every fact is in a period', () => {
    const told = small.tenants.reduce((sum, tenant) => sum + tenant.told.length, 0);
    const facts = small.flows.find(({ name }) => name.endsWith('sdk facts'))?.messages;
    expect(facts).toBeCloseTo((told * KINDS.length) / MINUTES, 6);
    // Each period has a telling at least.
    expect(small.reports).toBeGreaterThan(0);
    expect(small.reports).toBeLessThan(told / (MINUTES - 1));
  });

  test('every message is in one batch, none larger than the consumer takes', () => {
    const messages = Array.from({ length: 1000 }, (_, index) => ({ at: index * 7 }));
    const settings = { max_batch_size: 50, max_batch_timeout: 1 };
    const batches = batchesOf(messages, settings);
    expect(batches.flat()).toEqual(messages);
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(50);
  });

  test('every message is a fact in each shard that it is about', () => {
    const facts = small.consumer.shards.reduce((sum, shard) => sum + shard.facts, 0);
    const about = small.dispatcher.messages.map(({ message }) => {
      return new Set(Object.keys(message.tenants).map(systemShardOf)).size;
    });
    const requests = about.reduce((sum, shards) => sum + shards, 0);
    const inLastMinute = facts - requests;
    expect(inLastMinute).toBeGreaterThan(small.reports * 0.7);
    expect(inLastMinute).toBeLessThan(small.reports * 1.3);
  });

  test('the bill is the sum of its levels, less what is included', () => {
    const costs = costsOf(small);
    for (const meter of METERS) {
      const used = [...small.usage.values()].reduce((sum, own) => sum + (own[meter] ?? 0), 0);
      expect(costs.byMeter[meter].amount).toBeCloseTo(used, 6);
      expect(costs.byMeter[meter].dollars).toBeCloseTo(billed(meter, used), 6);
    }
    const levels = [...costs.byLevel.values()].map(totalOf);
    expect(levels.reduce((sum, dollars) => sum + dollars, 0)).toBeGreaterThan(costs.dollars);
  });
});

describe('a seed', () => {
  test('gives the same answer every time', async () => {
    const again = await simulate(SMALL);
    expect(again.flows).toEqual(small.flows);
    expect([...again.usage]).toEqual([...small.usage]);
  });

  test('is one load of many', async () => {
    const other = await simulate({ ...SMALL, seed: 2 });
    expect(other.dispatcher.requests).not.toBe(small.dispatcher.requests);
  });
});

describe('the script', () => {
  const run = (...args: string[]): ReturnType<typeof spawnSync> => {
    const file = join(import.meta.dirname, 'observability.ts');
    return spawnSync(process.execPath, [file, ...args], { encoding: 'utf8' });
  };

  test('says how it is used', () => {
    const { status, stdout } = run('--help');
    expect(status).toBe(0);
    for (const option of ['--tenants', '--entities', '--seed', '--json']) {
      expect(stdout).toContain(option);
    }
  });

  test('refuses what is no number', () => {
    const { status, stderr } = run('--tenants', 'many');
    expect(status).toBe(2);
    expect(stderr).toContain('whole and above 0');
  });

  test('prints JSON for a program', () => {
    const { status, stdout } = run('--json', '--tenants', '20', '--entities', '10');
    expect(status).toBe(0);
    const printed: unknown = JSON.parse(String(stdout));
    expect(printed).toMatchObject({ assumed: { tenants: 20, entities: 10, seed: DEFAULTS.seed } });
  });
});

test('the page in docs is what the script prints; if not, the script makes it anew', {
  timeout: 240_000,
}, async () => {
  const page = readFileSync(
    join(import.meta.dirname, '../../docs/observability-at-scale.md'),
    'utf8',
  );
  expect(page).toBe(reportText(await simulateAll(DEFAULTS)));
});
