// The data point that each request leaves in Analytics Engine, dataset `z0_requests`. The one place
// that knows which column holds what: a position is never reused, new fields go at the end. Pure.

const BLOBS = {
  tenant_id: 1,
  method: 2,
  outcome: 3,
  plan: 4,
  request_id: 5,
  route: 6,
  trace_id: 7,
} as const;
const DOUBLES = { status: 1, total_ms: 2, auth_ms: 3, route_ms: 4, dispatch_ms: 5 } as const;

type Text = keyof typeof BLOBS;
type Amount = keyof typeof DOUBLES;

/**
 * `outcome` is `ok` or an error's code; `route` a pattern; `trace_id` what facts are found by. Times are milliseconds until the answer
 * began: in all, and in the stages that the names say.
 */
export type RequestPoint = Readonly<Record<Text, string> & Record<Amount, number>>;

/** What each column is called in SQL, by the field that it holds. `index1` is the tenant id as well. */
export const REQUEST_COLUMNS: Readonly<Record<Text | Amount, string>> = {
  ...columnsOf('blob', BLOBS),
  ...columnsOf('double', DOUBLES),
};

export function toDataPoint(point: RequestPoint): AnalyticsEngineDataPoint {
  return {
    indexes: [point.tenant_id],
    blobs: inOrder(BLOBS).map((field) => point[field]),
    doubles: inOrder(DOUBLES).map((field) => point[field]),
  };
}

function inOrder<F extends string>(positions: Readonly<Record<F, number>>): F[] {
  // Edge: the keys of a constant of this file.
  const fields = Object.keys(positions) as F[];
  return fields.toSorted((a, b) => positions[a] - positions[b]);
}

function columnsOf<F extends string>(
  kind: 'blob' | 'double',
  positions: Readonly<Record<F, number>>,
): Record<F, string> {
  const columns = inOrder(positions).map((field) => [field, `${kind}${positions[field]}`]);
  // Edge: `fromEntries` forgets which keys it was given.
  return Object.fromEntries(columns) as Record<F, string>;
}
