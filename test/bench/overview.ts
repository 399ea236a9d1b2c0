// `npm run bench -- overview [TENANTS]`: the first byte of the dashboard's Overview when that many
// tenants reported through the last hour, and what each layer below it takes. It judges no figure.
import { rmSync } from 'node:fs';
import { get } from 'node:http';
import { availableParallelism } from 'node:os';
import { openSession } from '../../infra/cli/context.ts';
import type { LocalState } from '../../infra/cli/local-state.ts';
import { onboardTenant } from '../../infra/cli/onboard-tenant.ts';
import { call, objectOf } from '../../infra/cli/platform-client.ts';
import { newStateDir, PlatformProcess, until } from '../e2e/platform-process.ts';
import { REQUESTS, sendReports, uploadReporter, writeTenants } from './many-tenants.ts';
import { line, print, quantile } from './table.ts';

const PERIODS = 60;
const WARM_UP = 10;
const COUNTED = 100;
const SETTLE_MS = 900_000;

interface Timing {
  readonly firstByteMs: number;
  readonly wholeMs: number;
  readonly bytes: number;
}

interface Row {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export async function benchOverview(tenants: number): Promise<void> {
  const stateDir = newStateDir();
  const platform = await PlatformProcess.start(stateDir, ['--no-seed']);
  try {
    const { state } = platform;
    const startedAt = performance.now();
    // One is onboarded as any, so that a tenant's own routes know it.
    const first = { id: 'bench-0', name: 'Bench 0' };
    await onboardTenant(openSession(stateDir), first, () => undefined);
    await prepare(state, tenants);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    print(
      `${availableParallelism()} cores; ${tenants} tenants with ${PERIODS} minutes of reports and requests, sent to the queue by`,
    );
    print(
      `a Worker and recorded by its consumer in ${seconds} s; tenants' rows put into D1 by its API`,
    );
    print(`one client, ${COUNTED} requests in turn\n`);
    print(line('', 'p50 ms', 'p95 ms', 'whole p50', 'kB'));
    await measureRows(await rowsOf(state));
  } finally {
    await platform.end('SIGTERM');
    rmSync(stateDir, { recursive: true, force: true });
  }
}

/** Answers once the platform shows that every report was recorded. */
async function prepare(state: LocalState, tenants: number): Promise<void> {
  await writeTenants(state, tenants);
  await uploadReporter(state);
  const minute = Math.floor(Date.now() / 60_000) * 60_000;
  for (let period = 1; period <= PERIODS; period += 1) {
    const start = minute - (PERIODS - period + 1) * 60_000;
    await sendReports(state, { tenants, period, start });
  }
  let recorded = '';
  await until(
    async () => {
      const token = state.operator_token;
      const { body } = await call(state.platform_url, token, 'GET', '/v1/stats');
      const { sdk_facts_count: reports, dispatcher } = objectOf(body);
      const requests = Number(objectOf(dispatcher).requests_count);
      recorded = `${String(reports)} reports and ${requests} requests`;
      const all = tenants * PERIODS;
      return Number(reports) >= all && requests >= all * REQUESTS;
    },
    SETTLE_MS,
    () => `only ${recorded} were recorded of ${tenants} tenants`,
  );
}

/** From the emptiest answer to the page, each with more below it. */
async function rowsOf(state: LocalState): Promise<Row[]> {
  const { platform_url: url, operator_token: token, dashboard_url: link } = state;
  const headers = { authorization: `Bearer ${token}` };
  const signedIn = await fetch(link, { redirect: 'manual' });
  const cookie = signedIn.headers.getSetCookie().map((one) => one.split(';')[0] ?? '');
  const tenant = `${url}/v1/tenants/bench-0`;
  return [
    { name: 'the platform’s Worker alone', url: `${url}/healthz`, headers: {} },
    { name: '+ token, 100 tenants from D1', url: `${url}/v1/tenants?limit=100`, headers },
    { name: '+ one shard: a tenant’s counts', url: `${tenant}/stats`, headers },
    { name: '+ one shard: its last hour', url: `${tenant}/stats/series`, headers },
    { name: '+ 16 shards: all counts', url: `${url}/v1/stats`, headers },
    { name: '+ 16 shards: every tally, as text', url: `${url}/metrics`, headers },
    { name: 'Overview', url: `${url}/dashboard`, headers: { cookie: cookie.join('; ') } },
  ];
}

async function measureRows(rows: readonly Row[]): Promise<void> {
  const timings: Timing[][] = rows.map(() => []);
  for (let round = -WARM_UP; round < COUNTED; round += 1) {
    for (const [index, row] of rows.entries()) {
      const timing = await time(row);
      if (round >= 0) timings[index]?.push(timing);
    }
  }
  for (const [index, { name }] of rows.entries()) {
    const all = timings[index] ?? [];
    const first = all.map(({ firstByteMs }) => firstByteMs);
    const whole = all.map(({ wholeMs }) => wholeMs);
    const figures = [quantile(first, 0.5), quantile(first, 0.95), quantile(whole, 0.5)];
    const size = ((all[0]?.bytes ?? 0) / 1000).toFixed(1);
    print(line(name, ...figures.map((figure) => figure.toFixed(1)), size));
  }
}

/** Until the first byte of the body, on a connection of its own. */
function time({ name, url, headers }: Row): Promise<Timing> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    get(url, { headers, agent: false }, (response) => {
      let firstByteMs = 0;
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        if (bytes === 0) firstByteMs = performance.now() - start;
        bytes += chunk.byteLength;
      });
      response.on('end', () => {
        const { statusCode } = response;
        if (statusCode !== 200) reject(new Error(`${name} was answered ${statusCode}`));
        else resolve({ firstByteMs, wholeMs: performance.now() - start, bytes });
      });
    }).on('error', reject);
  });
}
