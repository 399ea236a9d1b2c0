// What may happen in a history of the property test, as fast-check makes it up. Plain data, so that a
// shrunk script can be read.
import * as fc from 'fast-check';
import { KEYS, LIFECYCLES, type Put, type PutState, type Write } from './property-model.ts';

/** `expect` is what the caller sends as If-Match; `lost` writes ask twice, with an eviction between. */
export type Step =
  | {
      do: 'write';
      write: Write & { key: number };
      expect: 'none' | 'right' | 'wrong';
      lost: boolean;
    }
  | { do: 'tenant'; put: Put }
  | { do: 'evict' }
  | { do: 'evictTenant' }
  | { do: 'check' }
  | Read;

/** Asked in one visit, with the writes around it. */
export type Read =
  | { do: 'stateAt' | 'stateThen'; percent: number }
  | { do: 'reconcile' | 'reconstruct' | 'verify' | 'limit' };

const amount = fc.integer({ min: -20, max: 30 });
const noted = fc.boolean();
const rule = fc.record({
  name: fc.constantFrom('one', 'two', 'three'),
  cap: fc.constantFrom(5, 10, 20, 25),
  severity: fc.constantFrom('error' as const, 'warning' as const),
});
const content = fc.oneof(
  fc.record({
    type: fc.constant('limit' as const),
    content: fc.constantFrom(20, 40, 60, 80, 100, 1000),
  }),
  fc.record({
    type: fc.constant('invariants' as const),
    content: fc.uniqueArray(rule, { maxLength: 2, selector: ({ name }) => name }),
  }),
);
const state = fc.constantFrom<PutState[]>('active', 'active', 'active', 'draft', 'archived');
const put: fc.Arbitrary<Put> = fc
  .tuple(content, state)
  .map(([config, is]) => ({ ...config, state: is }));
const kind = <K extends string>(name: K) => fc.constant(name);

const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 240, arbitrary: fc.record({ kind: kind('append'), by: fc.tuple(amount), noted }) },
  {
    weight: 120,
    arbitrary: fc.record({
      kind: kind('batch'),
      by: fc.array(amount, { minLength: 1, maxLength: 4 }),
      noted,
    }),
  },
  { weight: 64, arbitrary: put.map((one) => ({ kind: 'put' as const, ...one })) },
  { weight: 32, arbitrary: fc.record({ kind: kind('patch'), to: fc.nat({ max: 3 }) }) },
  {
    weight: 24,
    arbitrary: fc.record({ kind: fc.constantFrom('broken' as const, 'system' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('bulk') }) },
  { weight: 16, arbitrary: fc.record({ kind: kind('move'), to: fc.constantFrom(...LIFECYCLES) }) },
);

const expectation = fc.constantFrom<('none' | 'right' | 'wrong')[]>(
  'none',
  'none',
  'none',
  'none',
  'right',
  'wrong',
);
const percent = fc.integer({ min: 0, max: 100 });
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 60,
    arbitrary: fc.record({
      do: kind('write'),
      // Few keys, so that many retry an earlier write, with the same payload or another.
      write: fc.tuple(write, fc.nat({ max: KEYS + 8 })).map(([one, key]) => ({ ...one, key })),
      expect: expectation,
      lost: fc.nat({ max: 23 }).map((one) => one === 23),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: kind('tenant'), put }) },
  { weight: 3, arbitrary: fc.record({ do: kind('evict') }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('stateAt' as const, 'stateThen' as const),
      percent,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'reconcile' as const,
        'reconstruct' as const,
        'verify' as const,
        'limit' as const,
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('evictTenant' as const, 'check' as const) }),
  },
);
