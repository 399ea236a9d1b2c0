// A Workers for Platforms project that is used all the time while its embedded Cloudflare is being
// killed: rows written through a dispatch Worker, code, secrets and values changed by the API. It
// remembers what was acknowledged and can be asked whether that still holds. It kills nothing.
import { type Answer, answerOf, type CloudProcess } from './cloud-process.ts';
import { type Fault, KeptValue, type Row, WrittenRows } from './kept-promises.ts';

const SHOPS = 5;
const PAUSE_MS = 15;
/** A user Worker that was ended three times in a minute rests for 10 s. */
const BACK_LIMIT_MS = 30_000;
const NAMESPACE = 'customers';
const SCRIPTS = `workers/dispatch/namespaces/${NAMESPACE}/scripts`;

const ROUTER = (version: string): string => `export default {
  async fetch(request, env) {
    const name = new URL(request.url).pathname.split('/')[1];
    if (name === 'version') return new Response('${version}');
    try {
      return await env.DISPATCHER.get(name).fetch(request);
    } catch (error) {
      return new Response(error.message, { status: 503 });
    }
  },
};`;

/** `append` writes whatever comes; with `once` it writes a key at most once, as a ledger does. */
const SHOP = (version: string): string => `
import { DurableObject } from 'cloudflare:workers';
export class Ledger extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS rows (seq INTEGER PRIMARY KEY, key TEXT)');
    ctx.storage.sql.exec('CREATE INDEX IF NOT EXISTS keys ON rows (key)');
  }
  append(key, once) {
    const { sql } = this.ctx.storage;
    const [found] = once ? sql.exec('SELECT seq FROM rows WHERE key = ?', key).toArray() : [];
    return found?.seq ?? sql.exec('INSERT INTO rows (key) VALUES (?) RETURNING seq', key).one().seq;
  }
  rows(after) {
    const { sql } = this.ctx.storage;
    const rows = sql.exec('SELECT seq, key FROM rows WHERE seq > ? ORDER BY seq', after).toArray();
    return { rows, count: sql.exec('SELECT count(*) AS n FROM rows').one().n };
  }
}
export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const ledger = env.LEDGER.get(env.LEDGER.idFromName('one'));
    const key = searchParams.get('key');
    if (pathname.endsWith('/append')) return Response.json(await ledger.append(key, searchParams.has('once')));
    if (pathname.endsWith('/rows')) return Response.json(await ledger.rows(Number(key)));
    return new Response('${version} ' + (env.TOKEN ?? 'none'));
  },
};`;

export class KilledProject {
  cloud: CloudProcess;
  readonly shops = Array.from({ length: SHOPS }, (_, index) => `shop-${index}`);
  readonly refusals = new Map<string, number>();
  readonly #rows = new Map(this.shops.map((shop) => [shop, new WrittenRows()]));
  /** By name: `version shop-0`, `token shop-0`, `value 3`, `script extra-2`, `router`. */
  readonly #values = new Map<string, KeptValue>();
  readonly #random: () => number;
  #router = '';
  #kv = '';
  #changes = 0;
  #over = false;
  #turn: Promise<unknown> = Promise.resolve();
  #work: Promise<unknown>[] = [];

  private constructor(cloud: CloudProcess, random: () => number) {
    this.cloud = cloud;
    this.#random = random;
  }

  static async deploy(cloud: CloudProcess, random: () => number): Promise<KilledProject> {
    const project = new KilledProject(cloud, random);
    await cloud.call('POST', 'workers/dispatch/namespaces', JSON.stringify({ name: NAMESPACE }));
    const kv = { title: 'values' };
    const { id } = await cloud.call<{ id: string }>(
      'POST',
      'storage/kv/namespaces',
      JSON.stringify(kv),
    );
    project.#kv = id;
    await project.#change('router', '0');
    for (const shop of project.shops) await project.#change(`version ${shop}`, '0');
    project.#router = await cloud.addressOf('router');
    return project;
  }

  get acknowledged(): number {
    return [...this.#rows.values()].reduce((sum, rows) => sum + rows.acknowledged, 0);
  }

  /** Changes that the API was asked for. */
  get changes(): number {
    return this.#changes;
  }

  /** From here on it is used without a pause until `stop`. */
  begin(): void {
    const writers = this.shops.flatMap((shop) => [
      this.#write(shop, true),
      this.#write(shop, false),
    ]);
    this.#work = [...writers, this.#changeOn()];
  }

  async stop(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#work);
  }

  /** Uploads new code for `shop`, in turn with the other changes. */
  async replace(shop: string): Promise<void> {
    await this.#inTurn(() => this.#change(`version ${shop}`, String(this.#changes)));
  }

  /** What was acknowledged and is not there, or not once, or cannot be had. No change runs meanwhile. */
  async faults(): Promise<Fault[]> {
    return this.#inTurn(async () => {
      const rows = await Promise.all(this.shops.map((shop) => this.#rowFaults(shop)));
      const values = await Promise.all(
        [...this.#values].map(([name, value]) => this.#valueFaults(name, value)),
      );
      return [...rows.flat(), ...values.flat()];
    });
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #write(shop: string, once: boolean): Promise<void> {
    for (let number = 0; !this.#over; number += 1) {
      const key = `${once ? 'once' : 'any'}-${number}`;
      let answer: Answer;
      do {
        const url = `${this.#router}/${shop}/append?key=${key}${once ? '&once' : ''}`;
        answer = await answerOf(url, { method: 'POST' });
        if (answer.status === 200) this.#rows.get(shop)?.acknowledge(key, Number(answer.text));
        else this.#refused(answer);
        await pause(PAUSE_MS);
      } while (once && answer.status !== 200 && !this.#over);
    }
  }

  #refused({ status, text }: Answer): void {
    const told = `${status} ${text.slice(0, 60)}`.trim();
    this.refusals.set(told, (this.refusals.get(told) ?? 0) + 1);
  }

  async #changeOn(): Promise<void> {
    while (!this.#over) {
      const name = this.#nextChange();
      await this.#inTurn(() => this.#change(name, String(this.#changes)));
      await pause(PAUSE_MS);
    }
  }

  #nextChange(): string {
    const shop = this.shops[Math.floor(this.#random() * this.shops.length)] ?? '';
    const draw = this.#random();
    if (draw < 0.06) return 'router';
    if (draw < 0.3) return `version ${shop}`;
    if (draw < 0.5) return `token ${shop}`;
    if (draw < 0.65) return `script extra-${Math.floor(this.#random() * 4)}`;
    return `value ${Math.floor(this.#random() * 20)}`;
  }

  async #change(name: string, next: string): Promise<void> {
    this.#changes += 1;
    const value = this.#values.get(name) ?? new KeptValue('none');
    this.#values.set(name, value);
    const [kind = '', which = ''] = name.split(' ');
    const isRemoval = kind === 'script' && value.acknowledged !== 'none';
    const wanted = isRemoval ? 'none' : next;
    value.attempt(wanted);
    const { status } = await this.#send(kind, which, wanted);
    // A removal whose answer was lost may be done already.
    if (status === 200 || (isRemoval && status === 404)) value.acknowledge(wanted);
    else await pause(100);
  }

  #send(kind: string, which: string, value: string): Promise<Answer> {
    switch (kind) {
      case 'router': {
        const bindings = [{ type: 'dispatch_namespace', name: 'DISPATCHER', namespace: NAMESPACE }];
        return this.cloud.api('PUT', 'workers/scripts/router', form(ROUTER(value), { bindings }));
      }
      case 'token': {
        const secret = { name: 'TOKEN', text: value, type: 'secret_text' };
        return this.cloud.api('PUT', `${SCRIPTS}/${which}/secrets`, JSON.stringify(secret));
      }
      case 'value':
        return this.cloud.api('PUT', this.#valuePath(which), value);
      default:
        return value === 'none'
          ? this.cloud.api('DELETE', `${SCRIPTS}/${which}`)
          : this.cloud.api('PUT', `${SCRIPTS}/${which}`, form(SHOP(value), SHOP_METADATA));
    }
  }

  #valuePath(which: string): string {
    return `storage/kv/namespaces/${this.#kv}/values/value-${which}`;
  }

  async #rowFaults(shop: string): Promise<Fault[]> {
    const rows = this.#rows.get(shop);
    if (rows === undefined) return [];
    const expected = rows.expected();
    const url = `${this.#router}/${shop}/rows?key=${rows.lastSeq}`;
    const { status, text } = await this.#untilAnswered(() => answerOf(url));
    if (status !== 200)
      return [{ kind: 'unavailable', what: `rows of ${shop}: ${status} ${text}` }];
    // The user Worker above answers it.
    const told = JSON.parse(text) as { rows: Row[]; count: number };
    const faults = rows.check(expected, told.rows, told.count);
    return faults.map(({ kind, what }) => ({ kind, what: `${shop} ${what}` }));
  }

  /** Compares what is served and what the API tells with what was acknowledged. */
  async #valueFaults(name: string, value: KeptValue): Promise<Fault[]> {
    const [kind = '', which = ''] = name.split(' ');
    let seen = '';
    const before = value.acknowledged;
    await this.#untilAnswered(async () => {
      seen = await this.#seen(kind, which);
      // Account Workers are renewed shortly after the answer.
      return { status: value.holds(seen) ? 200 : 503, text: seen };
    });
    if (value.holds(seen)) return [];
    return [{ kind: 'lost', what: `${name} is ${JSON.stringify(seen)}, was ${before}` }];
  }

  async #seen(kind: string, which: string): Promise<string> {
    if (kind === 'value') {
      const { status, text } = await this.cloud.api('GET', this.#valuePath(which));
      return status === 200 ? text : status === 404 ? 'none' : `${status} ${text}`;
    }
    if (kind === 'router') return (await answerOf(`${this.#router}/version`)).text;
    const served = await answerOf(`${this.#router}/${which}/version`);
    const stored = await this.cloud.api('GET', `${SCRIPTS}/${which}/content`);
    const [version = '', token = ''] = served.text.split(' ');
    if (served.status === 503 && stored.status === 404) return 'none';
    if (served.status !== 200) return `${served.status} ${served.text}`;
    if (kind === 'token') return token;
    return stored.text.includes(`'${version} '`) ? version : `${version}, and stored is another`;
  }

  async #untilAnswered(ask: () => Promise<Answer>): Promise<Answer> {
    const deadline = performance.now() + BACK_LIMIT_MS;
    for (;;) {
      const answer = await ask();
      if (answer.status === 200 || performance.now() > deadline) return answer;
      await pause(50);
    }
  }
}

/** Later uploads of the same script keep its class and its secrets. */
const SHOP_METADATA = {
  bindings: [{ type: 'durable_object_namespace', name: 'LEDGER', class_name: 'Ledger' }],
  exports: { Ledger: { type: 'durable-object', storage: 'sqlite' } },
  keep_bindings: ['secret_text'],
};

function form(code: string, metadata: Record<string, unknown>): FormData {
  const body = new FormData();
  const whole = { main_module: 'index.js', compatibility_date: '2026-10-01', ...metadata };
  body.set('metadata', JSON.stringify(whole));
  body.set('index.js', new File([code], 'index.js', { type: 'application/javascript+module' }));
  return body;
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
