// `npm run bench -- ledger`: what the ledger costs beside the same rows written and read by raw
// SQL in a bare Durable Object, both in one plain workerd, over HTTP. It prints figures and ratios
// and judges none.
import { availableParallelism } from 'node:os';
import { ledgerWorker } from './ledger-worker.ts';
import { measure } from './measure.ts';
import { line, median, print } from './table.ts';
import { WorkerdProcess } from './workerd-process.ts';

const ROUNDS = 3;
const FILL_PER_CALL = 50_000;
const FACT = JSON.stringify({ type: 'charge', data: { amount: 5, currency: 'USD' } });

/** `facts`: how long the ledger is that is replayed, verified and asked about its past. */
export async function benchLedger(facts: number): Promise<void> {
  const module = await ledgerWorker();
  const classes = { LEDGER: 'Ledger', PLAIN: 'PlainLedger', BARE: 'Bare' };
  const runtime = await WorkerdProcess.start({ module, classes });
  try {
    const { url } = runtime;
    print(
      `${availableParallelism()} cores, ${ROUNDS} rounds in turn, medians; keyed writes, state kept`,
    );
    await get(`${url}/ledger/create`);
    await get(`${url}/plain/create`);
    await benchRows(url);
    print(line('', 'bare', 'ledger', 'of bare', 'µs added'));
    for (const clients of [1, 32]) await benchAppends(url, clients);
    for (const n of [100, 1000]) await benchBatches(url, n);
    await benchReads(url, facts);
  } finally {
    runtime.stop();
  }
}

/** SQLite's own count, as it is billed. */
async function benchRows(url: string): Promise<void> {
  const appends = 1000;
  await get(`${url}/ledger/rows`);
  for (let i = 0; i < appends; i += 1) {
    const headers = { 'idempotency-key': `rows-${i}` };
    await send(`${url}/ledger/append`, { method: 'POST', headers, body: FACT });
  }
  const rows = Object.entries(Object(await get(`${url}/ledger/rows`)));
  const each = rows.map(([table, written]) => `${table} ${(Number(written) / appends).toFixed(3)}`);
  const total = rows.reduce((sum, [, written]) => sum + Number(written), 0) / appends;
  print(`rows written per append: ${total.toFixed(3)} (${each.join(', ')})\n`);
}

async function benchAppends(url: string, clients: number): Promise<void> {
  const results: Record<'bare' | 'plain', number[]> = { bare: [], plain: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of ['bare', 'plain'] as const) {
      const load = { url: `${url}/${kind}/append`, method: 'POST', body: FACT, uniqueKeys: true };
      const { requestsPerSecond, failed } = await measure({ ...load, method: 'POST' }, clients);
      if (failed > 0) throw new Error(`${failed} ${kind} appends failed`);
      results[kind].push(requestsPerSecond);
    }
  }
  const name = `appends/s, ${clients} client${clients === 1 ? '' : 's'}`;
  report(name, median(results.bare), median(results.plain));
}

async function benchBatches(url: string, n: number): Promise<void> {
  const calls = Math.ceil(20_000 / n);
  const times: Record<'bare' | 'plain', number[]> = { bare: [], plain: [] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const kind of ['bare', 'plain'] as const) {
      const start = performance.now();
      for (let i = 0; i < calls; i += 1) await get(`${url}/${kind}/batch?n=${n}`);
      // The first round warms up.
      if (round > 0) times[kind].push((1000 * calls * n) / (performance.now() - start));
    }
  }
  report(`facts/s, batches of ${n}`, median(times.bare), median(times.plain));
}

async function benchReads(url: string, facts: number): Promise<void> {
  await get(`${url}/plain/create?name=long`);
  for (const kind of ['bare', 'ledger'] as const) {
    if (kind === 'ledger') await get(`${url}/ledger/create?name=long`);
    for (let at = 0; at < facts; at += FILL_PER_CALL) {
      await get(`${url}/${kind}/fill?name=long&n=${Math.min(FILL_PER_CALL, facts - at)}`);
    }
  }
  for (const action of ['replay', 'verify']) {
    const rate = async (kind: string): Promise<number> => {
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        times.push(await timeMs(`${url}/${kind}/${action}?name=long`));
      }
      return (1000 * facts) / median(times);
    };
    report(`facts/s, ${action} of ${facts}`, await rate('bare'), await rate('ledger'));
  }
  const times: number[] = [];
  for (let i = 0; i < 100; i += 1) {
    // A spread of positions that is the same in every run.
    const seq = 1 + ((i * 7919 * 131) % facts);
    times.push(await timeMs(`${url}/ledger/past?name=long&n=${seq}`));
  }
  const worst = Math.max(...times).toFixed(1);
  print(
    `state at a past position of ${facts} facts: ${median(times).toFixed(1)} ms, worst ${worst}`,
  );
}

async function timeMs(url: string): Promise<number> {
  const start = performance.now();
  await get(url);
  return performance.now() - start;
}

function get(url: string): Promise<unknown> {
  return send(url, {});
}

async function send(url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url}: ${await response.text()}`);
  return response.json();
}

function report(name: string, bare: number, ledger: number): void {
  const added = (1e6 / ledger - 1e6 / bare).toFixed(1);
  print(line(name, bare.toFixed(0), ledger.toFixed(0), (ledger / bare).toFixed(2), added));
}
