// Configs over time: versions, schedules, and what held at any moment, as the facts of one ledger
// tell it.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ConfigInput, Position } from '../../sdk/src/config.ts';
import { ConfigHistory } from '../../sdk/src/config-history.ts';
import type { Fact } from '../../sdk/src/fact.ts';
import { Book, config, DAY, entity, pricing, time } from './config-book.ts';

test('a change of content makes a version, the same content none', () => {
  const book = new Book();
  expect(book.put(pricing(1))).toMatchObject({
    written: 1,
    value: { version: 1, scope: 'entity' },
  });
  expect(book.put(pricing(1))).toMatchObject({ written: 0, value: { version: 1 } });
  book.ms = 5;
  expect(book.put(pricing(2))).toMatchObject({ written: 1, value: { version: 2 } });
  expect(book.configs.versions('cfg_pricing')).toMatchObject([
    { version: 1, state: 'active', effective_at: time(0), superseded_at: time(5) },
    { version: 2, state: 'active', effective_at: time(5), settings: { fee: 2 } },
  ]);
  expect(book.configs.inForce('pricing')).toMatchObject({ version: 2, settings: { fee: 2 } });
});

test('a draft is never in force until it is activated', () => {
  const book = new Book();
  book.put(pricing(1, { state: 'draft' }));
  book.ms = 9;
  expect(book.configs.inForce('pricing')).toBeUndefined();
  expect(book.put(pricing(1))).toMatchObject({ value: { version: 1, state: 'active' } });
  expect(book.configs.inForce('pricing')?.version).toBe(1);
  expect(book.configs.at('pricing', { seq: 1, ms: DAY + 9 })).toBeUndefined();
});

test('a scheduled version waits, can be moved, and can be overtaken', () => {
  const book = new Book();
  const feeAt = (ms: number): unknown =>
    book.configs.at('pricing', { seq: book.facts.length, ms: DAY + ms })?.settings.fee;
  book.put(pricing(1));
  book.put(pricing(2, { effective_at: time(100) }));
  expect([feeAt(99), feeAt(100)]).toEqual([1, 2]);
  expect(book.put(pricing(2, { effective_at: time(100) }))).toMatchObject({ written: 0 });
  expect(book.put(pricing(2, { effective_at: time(200) }))).toMatchObject({ written: 1 });
  expect([feeAt(100), feeAt(200)]).toEqual([1, 2]);
  expect(book.configs.get('cfg_pricing', 1)?.superseded_at).toBe(time(200));
  book.ms = 50;
  book.put(pricing(3));
  expect([feeAt(50), feeAt(200)]).toEqual([3, 3]);
  expect(book.configs.get('cfg_pricing', 1)?.superseded_at).toBe(time(50));
  expect(book.configs.get('cfg_pricing', 2)?.superseded_at).toBe(time(50));
});

test('archiving ends a Config from then on, and activating it again starts it anew', () => {
  const book = new Book();
  book.put(pricing(1));
  book.ms = 10;
  const archive = { id: 'cfg_pricing', type: 'pricing', state: 'archived' } as const;
  const archived = { state: 'archived', superseded_at: time(10) };
  expect(book.put(archive)).toMatchObject({ written: 1, value: archived });
  expect(book.put(archive)).toMatchObject({ written: 0, value: archived });
  expect(book.configs.inForce('pricing')).toBeUndefined();
  expect(book.configs.at('pricing', { seq: 2, ms: DAY + 9 })?.version).toBe(1);
  book.ms = 20;
  expect(book.put(pricing(1))).toMatchObject({
    written: 1,
    value: { version: 1, state: 'active' },
  });
  const held = [9, 10, 20].map(
    (ms) => book.configs.at('pricing', { seq: 3, ms: DAY + ms })?.version,
  );
  expect(held).toEqual([1, undefined, 1]);
});

test.each<[string, ConfigInput, string, string]>([
  [
    'a time in the past',
    pricing(2, { effective_at: time(-1) }),
    'invalid_request',
    '/effective_at',
  ],
  ['no time', pricing(2, { effective_at: 'soon' }), 'invalid_request', '/effective_at'],
  [
    'another time for what is in force',
    pricing(1, { effective_at: time(9) }),
    'conflict',
    '/effective_at',
  ],
  ['another type', pricing(1, { type: 'routing' }), 'conflict', '/type'],
  ['another id of the type', pricing(1, { id: 'cfg_other' }), 'conflict', '/type'],
  ['an id without prefix', pricing(1, { id: 'pricing' }), 'invalid_request', '/id'],
  ['an empty name', pricing(1, { name: '' }), 'invalid_request', '/name'],
  ['an unknown state', Object.assign(pricing(1), { state: 'off' }), 'invalid_request', '/state'],
  ['an unknown field', Object.assign(pricing(1), { scope: 'tenant' }), 'invalid_request', '/scope'],
  ['no settings', { id: 'cfg_pricing', type: 'pricing' }, 'invalid_request', '/settings'],
  ['a change while archiving', pricing(2, { state: 'archived' }), 'conflict', '/settings'],
])('%s is refused with its pointer', (_, input, code, pointer) => {
  const book = new Book();
  book.put(pricing(1));
  expect(book.put(input)).toMatchObject({ ok: false, error: { code, errors: [{ pointer }] } });
  expect(book.facts).toHaveLength(1);
});

test('a Config needs an active entity, and one to archive', () => {
  const book = new Book();
  const archive = { id: 'cfg_pricing', type: 'pricing', state: 'archived' } as const;
  expect(book.put(archive)).toMatchObject({ error: { code: 'not_found' } });
  book.entity = { ...entity, lifecycle: 'retiring' };
  expect(book.put(pricing(1))).toMatchObject({ error: { code: 'lifecycle_conflict' } });
  book.entity = undefined;
  expect(book.put(pricing(1))).toMatchObject({ error: { code: 'not_found' } });
});

test('a replayed answer is the Config as that request left it', () => {
  const book = new Book();
  const first = book.put(pricing(1));
  book.ms = 5;
  book.put(pricing(2));
  const again = book.configs.put(pricing(1));
  const answer = again.ok && again.value.answer.kind === 'facts' ? again.value.answer : undefined;
  expect(answer?.of(book.facts.slice(0, 1))).toEqual(first.ok && first.value);
  expect(answer?.of([])).toMatchObject({ version: 1 });
});

type Step =
  | { kind: 'put'; fee: number; state: 'draft' | 'active'; delay: number | undefined }
  | { kind: 'archive' }
  | { kind: 'above'; fee: number; delay: number }
  | { kind: 'wait'; ms: number };

const delay = fc.option(fc.nat({ max: 30 }), { nil: undefined });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    fee: fc.nat({ max: 3 }),
    state: fc.constantFrom('draft' as const, 'active' as const, 'active' as const),
    delay,
  }),
  fc.record({ kind: fc.constant('archive' as const) }),
  fc.record({
    kind: fc.constant('above' as const),
    fee: fc.nat({ max: 3 }),
    delay: fc.nat({ max: 9 }),
  }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 20 }) }),
);

/** What holds at a position, found by going through all facts each time. */
function naiveFee(facts: readonly Fact[], { seq, ms }: Position): number | undefined {
  const known = facts.filter((one) => one.seq <= seq && Date.parse(one.recorded_at) <= ms);
  const fees = new Map<unknown, unknown>();
  let plan: { version: unknown; from: number }[] = [];
  let above: { fee: number; from: number } | undefined;
  for (const { subtype, data, recorded_at } of known) {
    const { config = {}, configs, config_version, effective_at } = JSON.parse(JSON.stringify(data));
    const recorded = Date.parse(recorded_at);
    if (configs)
      above = { fee: configs[0].settings.fee, from: Date.parse(configs[0].effective_at) };
    if (configs || config.state === 'draft') fees.set(config.version, config.settings?.fee);
    else if (subtype === 'archived') plan.push({ version: undefined, from: recorded });
    else {
      const version = config.version ?? config_version;
      if (config.version) fees.set(version, config.settings.fee);
      plan = plan.filter((one) => one.version !== version || one.from <= recorded);
      plan.push({ version, from: Date.parse(config.effective_at ?? effective_at ?? recorded_at) });
    }
  }
  const own = fees.get(plan.findLast((one) => one.from <= ms)?.version ?? 'none');
  const limits = [above && above.from <= ms ? above.fee : undefined, own];
  const fee = Math.min(...limits.filter((one) => typeof one === 'number'));
  return fee === Infinity ? undefined : fee;
}

test('effective at any position is what a model says that goes through all facts', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 30 }),
      fc.array(fc.tuple(fc.nat(), fc.nat())),
      (steps, asked) => {
        const book = new Book();
        for (const one of steps) {
          if (one.kind === 'wait') book.ms += one.ms;
          else if (one.kind === 'archive')
            book.put({ id: 'cfg_pricing', type: 'pricing', state: 'archived' });
          else if (one.kind === 'put') {
            const at = one.delay === undefined ? {} : { effective_at: time(book.ms + one.delay) };
            book.put(pricing(one.fee, { state: one.state, ...at }));
          } else {
            const settings = { fee: one.fee, constraints: { fee: 'at_most' } };
            const above = config('tenant', settings, { effective_at: time(book.ms + one.delay) });
            book.append([
              { type: 'config', subtype: 'inherited', data: { configs: [{ ...above }] } },
            ]);
          }
        }
        const folded = new ConfigHistory();
        for (const fact of book.facts) folded.add(fact);
        for (const [seq, ms] of asked) {
          const position = { seq: seq % (book.facts.length + 1), ms: DAY + (ms % (book.ms + 40)) };
          const expected = naiveFee(book.facts, position);
          expect(folded.effective('pricing', position)?.settings.fee).toBe(expected);
          expect(book.configs.at('pricing', position)?.settings.fee).toBe(expected);
        }
      },
    ),
    { numRuns: 300 },
  );
});
