// Counting requests: however they are split over isolates, windows and messages, the sums are exact.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  LATENCY_BOUNDS_MS,
  MAX_GROUPS,
  type RequestCountsMessage,
  requestCountsSchema,
  type TenantRequestCounts,
} from '../../dispatcher/src/request-counts.ts';
import { MAX_MESSAGE_BYTES, toMessages } from '../../dispatcher/src/request-messages.ts';
import {
  type AnsweredRequest,
  type CountsByTenant,
  RequestTally,
} from '../../dispatcher/src/request-tally.ts';

const request: fc.Arbitrary<AnsweredRequest> = fc.record({
  tenantId: fc.constantFrom('', 'acme', 'globex', 'initech'),
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'PATCH'),
  status: fc.constantFrom(101, 200, 201, 304, 404, 422, 499, 500, 503),
  code: fc.constantFrom('not_found', 'invariant_violated', 'http_500', 'other'),
  route: fc.constantFrom('/v1/facts', '/v1/entities/{id}', '/x/*', 'other', '*'),
  ms: fc.oneof(fc.constantFrom(...LATENCY_BOUNDS_MS), fc.nat(20_000)),
  worker: fc.constantFrom('answered', 'failed', undefined),
});

function tallyOf(requests: readonly AnsweredRequest[]): CountsByTenant {
  const tally = new RequestTally();
  for (const one of requests) tally.add(one);
  return tally.take();
}

function mergedFrom(parts: readonly CountsByTenant[]): CountsByTenant {
  const tally = new RequestTally();
  for (const part of parts) tally.merge(part);
  return tally.take();
}

/** Order is no part of a count. */
function normal(tenants: CountsByTenant): unknown {
  const lines = Object.entries(tenants).map(([id, { groups, ...sums }]) => {
    const ordered = groups.map((group) => JSON.stringify(group)).toSorted();
    return [id, sums, ordered] as const;
  });
  return lines.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

const message = (tenants: CountsByTenant): RequestCountsMessage => {
  return { object: 'request_counts', id: 'cnt_test_1', start: 1, end: 2, tenants };
};

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const groupsOf = ({ groups }: TenantRequestCounts): number => sum(groups.map((g) => g.count));

test('any split of the requests, merged again, counts the same', () => {
  fc.assert(
    fc.property(fc.array(fc.array(request)), (parts) => {
      const merged = mergedFrom(parts.map(tallyOf));
      expect(normal(merged)).toEqual(normal(tallyOf(parts.flat())));
    }),
  );
});

test('every request is in one latency bucket, every refusal and error in one group', () => {
  fc.assert(
    fc.property(fc.array(request), (requests) => {
      const tenants = tallyOf(requests);
      expect(requestCountsSchema.parse(message(tenants)).tenants).toEqual(tenants);
      expect(sum(Object.values(tenants).map((counts) => counts.requests))).toBe(requests.length);
      for (const counts of Object.values(tenants)) {
        expect(sum(counts.latency)).toBe(counts.requests);
        expect(groupsOf(counts)).toBe(counts.refusals + counts.errors);
        const { answered, failed } = counts.worker ?? { answered: 0, failed: 0 };
        expect(answered + failed).toBeLessThanOrEqual(counts.requests);
      }
    }),
  );
});

test('however many codes a tenant makes up, its groups are bounded and their sum is exact', () => {
  const made = fc.record({
    code: fc.stringMatching(/^[a-z_]{1,3}$/),
    status: fc.integer({ min: 400, max: 599 }),
  });
  fc.assert(
    fc.property(fc.array(made, { minLength: 60, maxLength: 120 }), fc.nat(60), (codes, at) => {
      const requests = codes.map((one): AnsweredRequest => {
        return { tenantId: 'acme', method: 'GET', route: '/v1/facts', ms: 1, ...one };
      });
      const whole = tallyOf(requests);
      const merged = mergedFrom([tallyOf(requests.slice(0, at)), tallyOf(requests.slice(at))]);
      for (const tenants of [whole, merged]) {
        expect(requestCountsSchema.safeParse(message(tenants)).success).toBe(true);
        const counts = tenants['acme'];
        if (counts === undefined) expect.unreachable('the tenant is lost');
        expect(counts.groups.length).toBeLessThanOrEqual(MAX_GROUPS);
        expect(groupsOf(counts)).toBe(codes.length);
        expect(counts.refusals).toBe(codes.filter(({ status }) => status < 500).length);
      }
    }),
    { numRuns: 30 },
  );
});

test.each([
  [0, 0],
  [5, 0],
  [6, 1],
  [10_000, 10],
  [10_001, 11],
])('%i ms fall into bucket %i', (ms, bucket) => {
  const answered = { tenantId: 'acme', method: 'GET', status: 200, code: 'ok', route: 'other', ms };
  expect(tallyOf([answered])['acme']?.latency[bucket]).toBe(1);
});

test.each([
  ['GET', 200, 0],
  ['HEAD', 200, 0],
  ['POST', 201, 1],
  ['DELETE', 204, 1],
  ['POST', 303, 0],
  ['POST', 422, 0],
])('%s answered %i counts %i writes', (method, status, writes) => {
  const answered = { tenantId: 'acme', method, status, code: 'x', route: 'other', ms: 0 };
  expect(tallyOf([answered])['acme']?.writes).toBe(writes);
});

test('more tenants than a tally keeps are counted as nobody’s, and none is lost', () => {
  const tally = new RequestTally();
  for (let i = 0; i < 5_100; i += 1) {
    const tenantId = `tenant-${i}`;
    tally.add({ tenantId, method: 'GET', status: 200, code: 'ok', route: 'other', ms: 0 });
  }
  const tenants = tally.take();
  expect(Object.keys(tenants)).toHaveLength(5_001);
  expect(tenants['']?.requests).toBe(100);
});

test('messages stay under their bound, and together they hold every tenant once', () => {
  const requests = Array.from({ length: 40 * 48 }, (_, i): AnsweredRequest => {
    const group = Math.floor(i / 40);
    const code = `${'long_code_of_a_tenant_'.padEnd(38, 'x')}${String.fromCharCode(97 + (group % 24))}`;
    const status = 400 + group;
    return { tenantId: `tenant-${i % 40}`, method: 'GET', status, code, route: 'other', ms: i };
  });
  const tenants = tallyOf(requests);
  let ids = 0;
  const messages = toMessages(
    { start: 1, end: 2, tenants },
    () => `cnt_${String((ids += 1)).padStart(8, '0')}`,
  );
  expect(messages.length).toBeGreaterThan(1);
  for (const one of messages) {
    expect(new TextEncoder().encode(JSON.stringify(one)).byteLength).toBeLessThan(
      MAX_MESSAGE_BYTES,
    );
    requestCountsSchema.parse(one);
  }
  expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length);
  expect(normal(mergedFrom(messages.map((one) => one.tenants)))).toEqual(normal(tenants));
});

test('a window with nothing in it makes no message', () => {
  expect(toMessages({ start: 1, end: 2, tenants: {} }, () => 'never')).toEqual([]);
});
