// The data points of requests, and the SQL that people write about them.
import { expect, test } from 'vitest';
import { REQUEST_COLUMNS, toDataPoint } from '../../dispatcher/src/request-point.ts';
import guide from '../../docs/observability.md?raw';

const point = {
  tenant_id: 'acme',
  method: 'POST',
  outcome: 'invariant_violated',
  plan: 'free',
  request_id: 'req_1',
  route: '/v1/facts',
  trace_id: '0af7651916cd43dd8448eb211c80319c',
  status: 422,
  total_ms: 12,
  auth_ms: 1,
  route_ms: 2,
  dispatch_ms: 9,
};

test('every field stands in the column that its name says', () => {
  const { indexes, blobs = [], doubles = [] } = toDataPoint(point);
  expect(indexes).toEqual(['acme']);
  const stored = Object.entries(REQUEST_COLUMNS).map(([field, column]) => {
    const at = Number(/\d+$/.exec(column)?.[0]) - 1;
    return [field, column.startsWith('blob') ? blobs[at] : doubles[at]];
  });
  expect(Object.fromEntries(stored)).toEqual(point);
  expect(blobs.length + doubles.length).toBe(Object.keys(point).length);
});

test('the columns that are written already keep their places', () => {
  expect(REQUEST_COLUMNS).toMatchObject({
    tenant_id: 'blob1',
    method: 'blob2',
    outcome: 'blob3',
    plan: 'blob4',
    request_id: 'blob5',
    status: 'double1',
    total_ms: 'double2',
    auth_ms: 'double3',
    route_ms: 'double4',
    dispatch_ms: 'double5',
  });
});

test('the documented queries name each column as it is', () => {
  const named = [...guide.matchAll(/\b((?:blob|double)\d+) AS (\w+)/g)];
  expect(named.length).toBeGreaterThan(0);
  const columns = new Map(Object.entries(REQUEST_COLUMNS));
  for (const [, column, field = ''] of named)
    expect([field, columns.get(field)]).toEqual([field, column]);
});
