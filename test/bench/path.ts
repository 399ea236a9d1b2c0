// `npm run bench`, the path: the full path beside the bare runtime, in one run, with what each layer costs.
// It prints figures and judges none.
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { openSession } from '../../infra/cli/context.ts';
import { onboardTenant } from '../../infra/cli/onboard-tenant.ts';
import { call, objectOf, requestToken } from '../../infra/cli/platform-client.ts';
import { newStateDir, PlatformProcess, readState, until } from '../e2e/platform-process.ts';
import { type Load, type Measured, measure } from './measure.ts';
import { PASS_THROUGH_SCRIPT, startBare, uploadSubjects } from './subjects.ts';
import { line, median, print } from './table.ts';
import type { WorkerdProcess } from './workerd-process.ts';

const ROUNDS = 3;
const TENANT = 'bench';
const ENTITY = 'acct_bench';

interface Row {
  readonly name: string;
  /** The row that it adds a layer to, by its place. */
  readonly over?: number;
  readonly load: Load;
}

export async function benchPath(): Promise<void> {
  const stateDir = newStateDir();
  const bare = await startBare();
  const platform = await PlatformProcess.start(stateDir, ['--no-seed']);
  try {
    const rows = await prepare({ stateDir, platform, bare });
    process.stdout.write(
      `${availableParallelism()} cores, ${ROUNDS} rounds in turn, medians; the load comes from the same machine\n`,
    );
    for (const connections of [1, 32])
      report(connections, rows, await runRounds(rows, connections));
  } finally {
    bare.stop();
    await platform.end('SIGTERM');
    rmSync(stateDir, { recursive: true, force: true });
  }
}

interface Subjects {
  readonly stateDir: string;
  readonly platform: PlatformProcess;
  readonly bare: WorkerdProcess;
}

async function prepare({ stateDir, platform, bare }: Subjects): Promise<Row[]> {
  await uploadSubjects(platform.state);
  const passThrough = await passThroughUrl(platform);
  await untilAnswers(passThrough, { method: 'POST', body: 'x' });
  const session = openSession(stateDir);
  await onboardTenant(session, { id: TENANT, name: 'Bench', plan: 'scale' }, () => undefined);
  const state = readState(stateDir);
  const credentials = state.tenants[TENANT] ?? { client_id: '', client_secret: '' };
  const result = await requestToken(state.platform_url, credentials);
  if ('refused' in result) throw new Error('no token for the benchmark tenant');
  const data = { currency: 'USD', credit_limit: 2 ** 50 };
  const entity = { type: 'account', id: ENTITY, data };
  await call(state.dispatcher_url, result.token, 'POST', '/v1/entities', { body: entity });
  const json = { 'content-type': 'application/json' };
  const fact = { entity_id: ENTITY, type: 'charge', data: { amount: 5, currency: 'USD' } };
  const write = { method: 'POST', headers: json, body: JSON.stringify(fact) } as const;
  const authorized = { ...json, authorization: `Bearer ${result.token}` };
  return [
    { name: 'bare Worker, Durable Object insert', load: { ...write, url: bare.url } },
    {
      name: 'bare, 3 rows as a keyed append has',
      over: 0,
      load: { ...write, url: `${bare.url}/ledger-rows`, uniqueKeys: true },
    },
    { name: 'bare + pass-through dispatcher', over: 0, load: { ...write, url: passThrough } },
    {
      name: '+ ledger: routes, key, chain, state',
      over: 2,
      load: { ...write, url: `${passThrough}/v1/facts?tenant=${TENANT}`, uniqueKeys: true },
    },
    {
      name: '+ JWT, route, limits: the full path',
      over: 3,
      load: {
        ...write,
        headers: authorized,
        url: `${state.dispatcher_url}/v1/facts`,
        uniqueKeys: true,
      },
    },
  ];
}

/** The pass-through Worker's own address, as the API tells it. */
async function passThroughUrl(platform: PlatformProcess): Promise<string> {
  const { cloudflare_api_url: api, account_id: account, api_token: token } = platform.state;
  const path = `${api}/accounts/${account}/workers/workers/${PASS_THROUGH_SCRIPT}`;
  const { body } = await call(path, token, 'GET', '');
  return String(objectOf(objectOf(body).result).local_url);
}

/** The account Workers' runtime restarts for the uploaded one; nothing answers meanwhile. */
async function untilAnswers(url: string, init: RequestInit = {}): Promise<void> {
  const answers = (): Promise<boolean> =>
    fetch(url, init).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(answers, 20_000);
}

async function runRounds(rows: readonly Row[], connections: number): Promise<Measured[][]> {
  const results: Measured[][] = rows.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, { load }] of rows.entries()) {
      results[index]?.push(await measure(load, connections));
    }
  }
  return results;
}

function report(connections: number, rows: readonly Row[], results: readonly Measured[][]): void {
  process.stdout.write(`\n${connections} client${connections === 1 ? '' : 's'}\n`);
  const head = ['', 'requests/s', 'p50 ms', 'p99 ms', 'of bare', 'µs added', 'failed'];
  const first = median(results[0]?.map((one) => one.requestsPerSecond) ?? []);
  // Time of the whole machine per request: what one layer adds shows as a difference.
  const times = results.map((all) => 1e6 / median(all.map((one) => one.requestsPerSecond)));
  const lines = rows.map(({ name, over }, index) => {
    const all = results[index] ?? [];
    const rate = median(all.map((one) => one.requestsPerSecond));
    const added = (times[index] ?? 0) - (over === undefined ? 0 : (times[over] ?? 0));
    const failed = all.reduce((sum, one) => sum + one.failed, 0);
    return [
      name,
      rate.toFixed(0),
      median(all.map((one) => one.p50Ms)).toFixed(1),
      median(all.map((one) => one.p99Ms)).toFixed(1),
      (rate / first).toFixed(2),
      added.toFixed(0),
      String(failed),
    ];
  });
  for (const [name = '', ...figures] of [head, ...lines]) print(line(name, ...figures));
}
