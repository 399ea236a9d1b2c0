// Hostile user Workers beside a neighbour that appends all the time: what each is told, and what the
// neighbour notices of it. It prints figures and judges none.
import { Worker } from 'node:worker_threads';
import { type Answer, answerOf } from '../infra/cloud-process.ts';
import {
  ENDLESS_REPLY,
  type Hostile,
  hostileWorkers,
  LARGE_REPLY,
} from '../infra/hostile-workers.ts';
import { LocalCloud } from './local-cloud.ts';
import { print, quantile } from './table.ts';

/** Of each of the two: with the neighbour alone, and with the hostile one called. */
const PHASE_MS = 4000;
/** Between an answer to the neighbour's caller and its next call. */
const PAUSE_MS = 3;
/** Between two calls of the hostile one, the first at once. */
const AGAIN_MS = 1000;

const NEIGHBOUR = `
import { DurableObject } from 'cloudflare:workers';
export class Ledger extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, data TEXT)');
  }
  append() {
    return this.ctx.storage.sql.exec("INSERT INTO rows (data) VALUES ('fact') RETURNING id").one().id;
  }
}
export default {
  fetch: async (request, env) =>
    Response.json(await env.LEDGER.get(env.LEDGER.idFromName('one')).append()),
};`;
const NEIGHBOUR_METADATA = {
  bindings: [{ type: 'durable_object_namespace', name: 'LEDGER', class_name: 'Ledger' }],
  migrations: { new_tag: 'v1', new_sqlite_classes: ['Ledger'] },
};
const OUTBOUND = "export default { fetch: () => new Response('outside') };";

/** What one kind does, once. */
type Attack = () => Promise<Answer>;

interface Phase {
  readonly latencies: readonly number[];
  readonly failed: number;
}

/** Prints a row a kind. */
export async function benchHostile(kinds: readonly string[] = MEASURED): Promise<void> {
  const cloud = await LocalCloud.start();
  const caller = new HostileCaller();
  try {
    await cloud.addAccountWorker('outside', OUTBOUND);
    const gated = await cloud.addRouter('gated-router', 'outside');
    await cloud.upload('neighbour', NEIGHBOUR, NEIGHBOUR_METADATA);
    const all: Record<string, Hostile> = { ...hostileWorkers(cloud.apiUrl), ...LONG };
    const seconds = (PHASE_MS / 1000).toFixed(0);
    print(
      `\nhostile user Workers, and a neighbour's appends ${seconds} s before and ${seconds} s during`,
    );
    print('  (p99 and worst in ms, of as many appends as said: of 600, p99 is the sixth slowest)');
    print(row(['', 'as stated', 'p99 quiet', 'during', 'ratio', 'worst', 'appends', 'failed']));
    for (const name of kinds) {
      const kind = all[name];
      if (kind === undefined) throw new Error(`no hostile kind is called ${name}`);
      await one(cloud, name, kind, await prepared(cloud, caller, gated, name, kind));
    }
  } finally {
    await caller.end();
    await cloud.stop();
  }
}

const LONG: Record<string, Hostile> = {
  'large-reply': { code: LARGE_REPLY, says: /^52428800 bytes, whole$/, at: 'body' },
  'endless-reply': {
    code: ENDLESS_REPLY,
    says: /^\d{6,} bytes, cut$|Worker exceeded reply size limit\./,
    at: 'body',
  },
};

/** One of each sort; the tests have them all. */
const MEASURED = [
  'endless-loop',
  'microtask-storm',
  'recursion',
  'allocation-bomb',
  'large-reply',
  'endless-reply',
  'throws-text',
  'syntax-error',
  'endless-top-level-await',
  'endless-top-level-loop',
  'fetch-loopback',
  'fetch-api',
  'connect',
  'many-subrequests',
  'log-flood',
  'process-exit',
  'imports-node',
  'imports-internals',
];

/** Uploads the kind, unless its upload is the attack. */
async function prepared(
  cloud: LocalCloud,
  caller: HostileCaller,
  gated: string,
  name: string,
  { code, at, open, plain }: Hostile,
): Promise<Attack> {
  const metadata = { compatibility_flags: plain === true ? [] : ['nodejs_compat'] };
  if (at === 'upload') return () => cloud.tryUpload(name, code, metadata);
  await cloud.upload(name, code, metadata);
  const url = open === true ? cloud.url(name, '/') : `${gated}/${name}/`;
  return () => caller.call(url);
}

async function one(cloud: LocalCloud, name: string, kind: Hostile, attack: Attack): Promise<void> {
  const url = cloud.url('neighbour', '/');
  await appendFor(url, 500);
  const quiet = await appendFor(url, PHASE_MS);
  const answers: Promise<Answer>[] = [];
  const again = (): void => void answers.push(attack());
  again();
  const timer = setInterval(again, AGAIN_MS);
  const during = await appendFor(url, PHASE_MS);
  clearInterval(timer);
  const told = await Promise.all(answers);
  const asStated = told.filter(({ text }) => kind.says.test(text)).length;
  const p99 = ({ latencies }: Phase): number => quantile(latencies, 0.99);
  const ms = (value: number): string => value.toFixed(1);
  print(
    row([
      name,
      `${asStated} of ${told.length}`,
      ms(p99(quiet)),
      ms(p99(during)),
      (p99(during) / p99(quiet)).toFixed(2),
      ms(Math.max(...during.latencies)),
      `${quiet.latencies.length}+${during.latencies.length}`,
      String(quiet.failed + during.failed),
    ]),
  );
  const odd = told.find(({ text }) => !kind.says.test(text));
  if (odd !== undefined) print(`    was told: ${odd.status} ${odd.text.slice(0, 160)}`);
}

const WIDTHS = [26, 9, 11, 9, 8, 9, 12, 8];
const row = (cells: readonly string[]): string =>
  `  ${cells.map((cell, at) => (at === 0 ? cell.padEnd(WIDTHS[0] ?? 0) : cell.padStart(WIDTHS[at] ?? 0))).join('')}`;

/** One caller, one append after the other. */
async function appendFor(url: string, durationMs: number): Promise<Phase> {
  const latencies: number[] = [];
  let failed = 0;
  const end = performance.now() + durationMs;
  while (performance.now() < end) {
    const askedAt = performance.now();
    const { status } = await answerOf(url, { method: 'POST' });
    latencies.push(performance.now() - askedAt);
    if (status !== 200) failed += 1;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return { latencies, failed };
}

/** Calls from a thread of its own, so that what it reads does not stand before the neighbour's answers. */
class HostileCaller {
  readonly #worker = new Worker(new URL('./local-hostile-caller.ts', import.meta.url));
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #calls = 0;

  constructor() {
    this.#worker.on('message', ({ call, ...answer }: Answer & { readonly call: number }) => {
      this.#waiting.get(call)?.(answer);
      this.#waiting.delete(call);
    });
  }

  call(url: string): Promise<Answer> {
    this.#calls += 1;
    const call = this.#calls;
    return new Promise((resolve) => {
      this.#waiting.set(call, resolve);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
      this.#worker.postMessage({ call, url });
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
