// `npm run bench -- local [TENANTS]`: the embedded Cloudflare as somebody else's project meets it: cold
// starts, memory, hundreds of user Workers, the way through a dispatch Worker, code replaced under
// load. It prints figures and judges none.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { CloudflareState } from '../../infra/cli/local-state.ts';
import { newStateDir, until, Z0 } from '../e2e/platform-process.ts';
import { processesOf } from '../infra/processes.ts';
import { type Measured, measure } from './measure.ts';
import { uploadForm } from './subjects.ts';
import { median, print, quantile } from './table.ts';
import { WorkerdProcess } from './workerd-process.ts';

const NAMESPACE = 'customers';
const ROUTER = 'router';
const AT_ONCE = 4;
const ROUNDS = 3;

const ROUTER_CODE = `export default {
  async fetch(request, env) {
    const name = new URL(request.url).pathname.split('/')[1];
    try {
      return await env.DISPATCHER.get(name).fetch(request);
    } catch (error) {
      return new Response(error.message, { status: 503 });
    }
  },
};`;

/** Counts in a Durable Object, or only answers. */
const TENANT_CODE = `
import { DurableObject } from 'cloudflare:workers';
export class Counter extends DurableObject {
  add() {
    const value = (this.ctx.storage.kv.get('value') ?? 0) + 1;
    this.ctx.storage.kv.put('value', value);
    return value;
  }
}
export default {
  async fetch(request, env) {
    if (!request.url.endsWith('/add')) return new Response('hello');
    return Response.json(await env.COUNTER.get(env.COUNTER.idFromName('one')).add());
  },
};`;
const HELLO_CODE = "export default { fetch: () => new Response('hello') };";

const COUNTER = [{ type: 'durable_object_namespace', name: 'COUNTER', class_name: 'Counter' }];
const FIRST = { bindings: COUNTER, migrations: { new_tag: 'v1', new_sqlite_classes: ['Counter'] } };

export async function benchLocal(tenants: number): Promise<void> {
  const stateDir = newStateDir();
  const cloud = await LocalCloud.start(stateDir);
  try {
    print(`${availableParallelism()} cores; the load comes from the same machine`);
    await cloud.call('POST', 'dispatch/namespaces', JSON.stringify({ name: NAMESPACE }));
    const bindings = [{ type: 'dispatch_namespace', name: 'DISPATCHER', namespace: NAMESPACE }];
    await cloud.upload(`scripts/${ROUTER}`, ROUTER_CODE, { bindings });
    await cloud.findRouter();
    await manyTenants(cloud, tenants);
    await idleMemory(cloud);
    await throughDispatch(cloud);
    await replacedUnderLoad(cloud);
  } finally {
    await cloud.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

const nameOf = (index: number): string => `shop-${index}`;

async function manyTenants(cloud: LocalCloud, tenants: number): Promise<void> {
  const startedAt = performance.now();
  for (let index = 0; index < tenants; index += 1) {
    await cloud.upload(`${SCRIPTS}/${nameOf(index)}`, TENANT_CODE, FIRST);
  }
  const uploadedAt = performance.now();
  const order = shuffled(Array.from({ length: tenants }, (_, index) => index));
  let failed = 0;
  let mostAlive = 0;
  const watch = setInterval(() => {
    mostAlive = Math.max(mostAlive, shopPids(cloud).length);
  }, 250);
  const firsts: number[] = [];
  for (const index of order) {
    const askedAt = performance.now();
    const { status, text } = await cloud.visit(nameOf(index), '/add');
    firsts.push(performance.now() - askedAt);
    if (status !== 200 || text !== '1') failed += 1;
  }
  const again = shuffled(order);
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let index = again.pop(); index !== undefined; index = again.pop()) {
        const { status, text } = await cloud.visit(nameOf(index), '/add');
        if (status !== 200 || text !== '2') failed += 1;
      }
    }),
  );
  clearInterval(watch);
  const seconds = (from: number): string => ((performance.now() - from) / 1000).toFixed(0);
  print(`\n${tenants} user Workers, each with a Durable Object, in random order`);
  print(
    `  uploaded in ${((uploadedAt - startedAt) / 1000).toFixed(0)} s, all of it ${seconds(startedAt)} s`,
  );
  print(`  ${2 * tenants} requests, ${failed} failed; at most ${mostAlive} processes seen alive`);
  const p = (share: number): string => quantile(firsts, share).toFixed(0);
  print(
    `  cold start, request in to answer: p50 ${p(0.5)} ms, p99 ${p(0.99)} ms, worst ${p(1)} ms`,
  );
}

/** Processes of the shops, from outside. */
function shopPids(cloud: LocalCloud): number[] {
  const processes = processesOf(cloud.stateDir);
  return processes.filter(({ command }) => command.includes('/shop-')).map(({ pid }) => pid);
}

/** Memory that is no other process's, as the system counts it, right after a request and idle. */
async function idleMemory(cloud: LocalCloud): Promise<void> {
  const read = (pid: number, name: string): number => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) / 1024;
  };
  const pids = shopPids(cloud);
  const of = (name: string): string => median(pids.map((pid) => read(pid, name))).toFixed(1);
  print(`\nmemory of an idle user Worker, median of ${pids.length} (/proc/<pid>/status)`);
  print(
    `  its own ${of('RssAnon')} MB (RssAnon), shared pages of the binary ${of('RssFile')} MB (RssFile)`,
  );
}

async function throughDispatch(cloud: LocalCloud): Promise<void> {
  await cloud.upload(`${SCRIPTS}/hello`, HELLO_CODE, {});
  const bare = await WorkerdProcess.start({ module: HELLO_CODE, classes: {} });
  try {
    print('\na Worker that only answers, 32 clients, medians of rounds in turn');
    const loads = {
      'hit directly': `${bare.url}/`,
      'through a dispatch Worker': cloud.url('hello', '/'),
    };
    const rates = new Map<string, Measured[]>();
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, url] of Object.entries(loads)) {
        const one = await measure({ url, method: 'GET' }, 32);
        rates.set(name, [...(rates.get(name) ?? []), one]);
      }
    }
    const rateOf = (name: string): number =>
      median((rates.get(name) ?? []).map(({ requestsPerSecond }) => requestsPerSecond));
    const direct = rateOf('hit directly');
    for (const [name, all] of rates) {
      const failed = all.reduce((sum, one) => sum + one.failed, 0);
      print(
        `  ${name}: ${rateOf(name).toFixed(0)} requests/s, ${(rateOf(name) / direct).toFixed(2)}, ${failed} failed`,
      );
    }
  } finally {
    bare.stop();
  }
}

async function replacedUnderLoad(cloud: LocalCloud): Promise<void> {
  const shops = [0, 1, 2, 3, 4].map(nameOf);
  const [replaced = ''] = shops;
  const failures = new Map(shops.map((shop) => [shop, new Map<number, number>()]));
  let answered = 0;
  let over = false;
  const callers = shops
    .flatMap((shop) => [shop, shop, shop, shop])
    .map(async (shop) => {
      while (!over) {
        const { status } = await cloud.visit(shop, '/add');
        answered += 1;
        const seen = failures.get(shop);
        if (status !== 200) seen?.set(status, (seen.get(status) ?? 0) + 1);
      }
    });
  for (let upload = 0; upload < 10; upload += 1) {
    await cloud.upload(`${SCRIPTS}/${replaced}`, TENANT_CODE, { bindings: COUNTER });
  }
  over = true;
  await Promise.all(callers);
  const told = shops.map((shop) => `${shop} ${JSON.stringify([...(failures.get(shop) ?? [])])}`);
  print(`\n10 uploads of ${replaced} under load on 5 user Workers: ${answered} requests`);
  print(`  failures by status: ${told.join(', ')}`);
}

const SCRIPTS = `dispatch/namespaces/${NAMESPACE}/scripts`;

/** `z0 cloudflare` in a process of its own, and its API. */
class LocalCloud {
  readonly stateDir: string;
  readonly #state: CloudflareState;
  readonly #child: ChildProcess;
  #routerUrl = '';

  private constructor(stateDir: string, child: ChildProcess, state: CloudflareState) {
    this.stateDir = stateDir;
    this.#child = child;
    this.#state = state;
  }

  static async start(stateDir: string): Promise<LocalCloud> {
    const args = [Z0, 'cloudflare', '--port-base', '0', '--state', stateDir, '--json'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    await until(() => printed.endsWith('}\n'), 30_000);
    // It printed it itself.
    return new LocalCloud(stateDir, child, JSON.parse(printed) as CloudflareState);
  }

  /** The router's own address, as the API tells it, once it answers. */
  async findRouter(): Promise<void> {
    const { result } = await this.call<{ result: { local_url: string } }>(
      'GET',
      `workers/${ROUTER}`,
    );
    this.#routerUrl = result.local_url;
    await until(async () => (await this.visit('nobody', '/')).status === 503, 20_000);
  }

  url(script: string, path: string): string {
    return `${this.#routerUrl}/${script}${path}`;
  }

  async visit(script: string, path: string): Promise<{ status: number; text: string }> {
    try {
      const response = await fetch(this.url(script, path));
      return { status: response.status, text: await response.text() };
    } catch {
      return { status: 0, text: '' };
    }
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows the answer's shape
  async call<T>(method: string, path: string, body: string | FormData | null = null): Promise<T> {
    const { cloudflare_api_url: api, account_id: account, api_token: token } = this.#state;
    const headers = { authorization: `Bearer ${token}` };
    const url = `${api}/accounts/${account}/workers/${path}`;
    const response = await fetch(url, { method, headers, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
    // The API of the same release answers it.
    return JSON.parse(text) as T;
  }

  async upload(path: string, code: string, metadata: Record<string, unknown>): Promise<void> {
    await this.call('PUT', path, uploadForm(code, metadata));
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  const left = [...items];
  const out: T[] = [];
  while (left.length > 0) out.push(...left.splice(Math.floor(Math.random() * left.length), 1));
  return out;
}
