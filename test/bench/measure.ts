// One load measurement with autocannon: warm-up, then a counted run. It prints nothing.
import { randomUUID } from 'node:crypto';
import autocannon from 'autocannon';

export interface Load {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Gives every request its own `Idempotency-Key`, as a careful client does. */
  readonly uniqueKeys?: boolean;
}

export interface Measured {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that were not 2xx, and requests without an answer: should be 0. */
  readonly failed: number;
}

const WARM_UP_S = 1;
const COUNTED_S = 4;

export async function measure(load: Load, connections: number): Promise<Measured> {
  await run(load, connections, WARM_UP_S);
  const { requests, latency, non2xx, errors } = await run(load, connections, COUNTED_S);
  return {
    requestsPerSecond: requests.average,
    p50Ms: latency.p50,
    p99Ms: latency.p99,
    failed: non2xx + errors,
  };
}

async function run(load: Load, connections: number, duration: number): Promise<autocannon.Result> {
  const { url, method, headers = {}, body } = load;
  const prefix = randomUUID();
  let count = 0;
  const setupRequest = (request: autocannon.Request): autocannon.Request => {
    count += 1;
    return { ...request, headers: { ...headers, 'idempotency-key': `${prefix}-${count}` } };
  };
  const request = { method, headers, ...(body === undefined ? {} : { body }) };
  return autocannon({
    url,
    connections,
    duration,
    requests: [load.uniqueKeys === true ? { ...request, setupRequest } : request],
  });
}
