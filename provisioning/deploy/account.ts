// Typed look-ups and creations in one Cloudflare account, through the official SDK. Thin: each
// method is one or two calls.
import Cloudflare, { APIError } from 'cloudflare';
import type { Environment } from './environment.ts';
import type { StackResource, StoredResourceKind } from './stack.ts';

/** The var that every deployed Worker carries, so that a deploy can be seen to be current. */
export const RELEASE_VAR = 'Z0_RELEASE';

export class Account {
  readonly #client: Cloudflare;
  readonly #id: { readonly account_id: string };

  constructor(environment: Environment) {
    const { apiToken, apiBaseUrl, accountId } = environment;
    this.#client = new Cloudflare({ apiToken, baseURL: apiBaseUrl, timeout: 60_000 });
    this.#id = { account_id: accountId };
  }

  async resources(): Promise<(StackResource & { readonly id: string })[]> {
    const [namespaces, queues, kv, d1, r2] = await Promise.all([
      collect(this.#client.workersForPlatforms.dispatch.namespaces.list(this.#id)),
      collect(this.#client.queues.list(this.#id)),
      collect(this.#client.kv.namespaces.list(this.#id)),
      collect(this.#client.d1.database.list(this.#id)),
      this.#client.r2.buckets.list(this.#id),
    ]);
    const entry = (kind: StoredResourceKind, name = '', id = name) => ({ kind, name, id });
    return [
      ...namespaces.map((n) => entry('dispatch_namespace', n.namespace_name)),
      ...queues.map((queue) => entry('queue', queue.queue_name, queue.queue_id)),
      ...kv.map((namespace) => entry('kv', namespace.title, namespace.id)),
      ...d1.map((database) => entry('d1', database.name, database.uuid)),
      ...(r2.buckets ?? []).map((bucket) => entry('r2', bucket.name)),
    ];
  }

  async create({ kind, name }: StackResource): Promise<void> {
    const id = this.#id;
    const client = this.#client;
    const create: Record<StoredResourceKind, () => Promise<unknown>> = {
      dispatch_namespace: () =>
        client.workersForPlatforms.dispatch.namespaces.create({ ...id, name }),
      queue: () => client.queues.create({ ...id, queue_name: name }),
      kv: () => client.kv.namespaces.create({ ...id, title: name }),
      d1: () => client.d1.database.create({ ...id, name }),
      r2: () => client.r2.buckets.create({ ...id, name }),
    };
    await create[kind]();
  }

  /** The release that the deployed Worker carries; `undefined` when it is not deployed. */
  async releaseOf(worker: string): Promise<string | undefined> {
    const path = `/accounts/${this.#id.account_id}/workers/scripts/${worker}/settings`;
    type Settings = { result?: { bindings?: { name: string; text?: string }[] } };
    const settings = await orMissing(() => this.#client.get<Settings>(path));
    return settings?.result?.bindings?.find(({ name }) => name === RELEASE_VAR)?.text;
  }

  async secretNames(worker: string): Promise<string[]> {
    const listed = await orMissing(() =>
      collect(this.#client.workers.scripts.secrets.list(worker, this.#id)),
    );
    return (listed ?? []).map(({ name }) => name);
  }

  async query(database: string, sql: string): Promise<Record<string, unknown>[]> {
    const pages = await collect(this.#client.d1.database.query(database, { ...this.#id, sql }));
    return pages.flatMap(({ results }) => (results ?? []).filter(isRow));
  }

  async putObject(bucket: string, key: string, body: string): Promise<void> {
    await this.#client.put(this.#objectPath(bucket, key), {
      body: new TextEncoder().encode(body),
      headers: { 'content-type': 'application/json' },
    });
  }

  async getObject(bucket: string, key: string): Promise<string | undefined> {
    const path = this.#objectPath(bucket, key);
    const response = await orMissing(() =>
      this.#client.get(path, { __binaryResponse: true }).asResponse(),
    );
    return response?.text();
  }

  async putKv(namespace: string, key: string, value: string): Promise<void> {
    await this.#client.kv.namespaces.values.update(key, {
      ...this.#id,
      namespace_id: namespace,
      value,
    });
  }

  #objectPath(bucket: string, key: string): string {
    return `/accounts/${this.#id.account_id}/r2/buckets/${bucket}/objects/${key}`;
  }
}

async function collect<T>(pages: AsyncIterable<T> | PromiseLike<AsyncIterable<T>>): Promise<T[]> {
  const all: T[] = [];
  const iterable = 'then' in pages && !(Symbol.asyncIterator in pages) ? await pages : pages;
  // The SDK's page promises are themselves iterable.
  for await (const item of iterable as AsyncIterable<T>) all.push(item);
  return all;
}

async function orMissing<T>(call: () => PromiseLike<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof APIError && error.status === 404) return undefined;
    throw error;
  }
}

function isRow(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
