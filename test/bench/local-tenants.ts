// Hundreds of user Workers on one embedded Cloudflare: cold starts, memory, all reachable in random
// order. It prints figures and judges none.
import { readFileSync } from 'node:fs';
import { processesOf } from '../infra/processes.ts';
import type { LocalCloud } from './local-cloud.ts';
import { median, print, quantile } from './table.ts';

const AT_ONCE = 4;

/** Counts in a Durable Object, or only answers. */
export const SHOP_CODE = `
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

export const SHOP_BINDINGS = [
  { type: 'durable_object_namespace', name: 'COUNTER', class_name: 'Counter' },
];
const FIRST = {
  bindings: SHOP_BINDINGS,
  migrations: { new_tag: 'v1', new_sqlite_classes: ['Counter'] },
};

export const shopName = (index: number): string => `shop-${index}`;

export async function manyTenants(cloud: LocalCloud, tenants: number): Promise<void> {
  const startedAt = performance.now();
  for (let index = 0; index < tenants; index += 1) {
    await cloud.upload(shopName(index), SHOP_CODE, FIRST);
  }
  const uploadedAt = performance.now();
  const order = shuffled(Array.from({ length: tenants }, (_, index) => index));
  let mostAlive = 0;
  const watch = setInterval(() => {
    mostAlive = Math.max(mostAlive, shopPids(cloud).length);
  }, 250);
  const { firsts, failed } = await visitAll(cloud, order);
  clearInterval(watch);
  const seconds = (from: number): string => ((performance.now() - from) / 1000).toFixed(0);
  const uploading = ((uploadedAt - startedAt) / 1000).toFixed(0);
  print(`\n${tenants} user Workers, each with a Durable Object, in random order`);
  print(`  uploaded in ${uploading} s, all of it ${seconds(startedAt)} s`);
  print(`  ${2 * tenants} requests, ${failed} failed; at most ${mostAlive} processes seen alive`);
  const p = (share: number): string => quantile(firsts, share).toFixed(0);
  print(
    `  cold start, request in to answer: p50 ${p(0.5)} ms, p99 ${p(0.99)} ms, worst ${p(1)} ms`,
  );
}

/** One after the other for their first, then several at once for their second. */
async function visitAll(
  cloud: LocalCloud,
  order: readonly number[],
): Promise<{ firsts: number[]; failed: number }> {
  let failed = 0;
  const firsts: number[] = [];
  for (const index of order) {
    const askedAt = performance.now();
    const { status, text } = await cloud.visit(shopName(index), '/add');
    firsts.push(performance.now() - askedAt);
    if (status !== 200 || text !== '1') failed += 1;
  }
  const again = shuffled(order);
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let index = again.pop(); index !== undefined; index = again.pop()) {
        const { status, text } = await cloud.visit(shopName(index), '/add');
        if (status !== 200 || text !== '2') failed += 1;
      }
    }),
  );
  return { firsts, failed };
}

/** Processes of the shops, from outside. */
function shopPids(cloud: LocalCloud): number[] {
  const processes = processesOf(cloud.stateDir);
  return processes.filter(({ command }) => command.includes('/shop-')).map(({ pid }) => pid);
}

/** Memory that is no other process's, as the system counts it, right after a request and idle. */
export async function idleMemory(cloud: LocalCloud): Promise<void> {
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

function shuffled<T>(items: readonly T[]): T[] {
  const left = [...items];
  const out: T[] = [];
  while (left.length > 0) out.push(...left.splice(Math.floor(Math.random() * left.length), 1));
  return out;
}
