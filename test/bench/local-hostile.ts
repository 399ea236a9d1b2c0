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
import { measureNeighbour, printHead } from './hostile-neighbour.ts';
import { LocalCloud } from './local-cloud.ts';

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

/** Prints a row a kind. */
export async function benchHostile(kinds: readonly string[] = MEASURED): Promise<void> {
  const cloud = await LocalCloud.start();
  const caller = new HostileCaller();
  try {
    await cloud.addAccountWorker('outside', OUTBOUND);
    const gated = await cloud.addRouter('gated-router', 'outside');
    await cloud.upload('neighbour', NEIGHBOUR, NEIGHBOUR_METADATA);
    const all: Record<string, Hostile> = { ...hostileWorkers(cloud.apiUrl), ...LONG };
    printHead('hostile user Workers');
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
  await measureNeighbour({
    name,
    append: async () => (await answerOf(url, { method: 'POST' })).status === 200,
    attack,
    isAsStated: ({ text }) => kind.says.test(text),
    againMs: AGAIN_MS,
  });
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
