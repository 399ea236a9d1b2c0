// Runs every account Worker in one Miniflare and gives the API their resources' data. Changes are
// gathered for a moment, so that a series of uploads restarts the runtime once.
import { createWriteStream, mkdirSync, readFileSync, rmSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { Log, LogLevel, Miniflare, type MiniflareOptions } from 'miniflare';
import type { KvKeys, KvPage, ResourceAccess, StoredObject } from '../api/api-context.ts';
import type { ScriptStore } from '../state/script-store.ts';
import type { StateStore } from '../state/state-store.ts';
import {
  accountWorkers,
  d1Binding,
  kvBinding,
  RESOURCES_WORKER,
  r2Binding,
} from './account-options.ts';
import type { Ports } from './ports.ts';
import { markedEnv } from './process-marks.ts';
import { splitStatements } from './sql-statements.ts';

export interface AccountTarget {
  /** Debug port of the account Workers' workerd. */
  readonly address: string;
  readonly service: string;
}

export interface AccountRuntimeOptions {
  readonly stateDir: string;
  readonly supervisorAddress: string;
  readonly slotAddresses: readonly string[];
  readonly ports: Ports;
  readonly state: StateStore;
  readonly scripts: ScriptStore;
}

const GATHER_MS = 100;

export class AccountRuntime implements ResourceAccess {
  readonly #options: AccountRuntimeOptions;
  readonly #log: WriteStream;
  #miniflare: Miniflare | undefined;
  #dirty = true;
  #applying: Promise<Miniflare> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: AccountRuntimeOptions) {
    this.#options = options;
    mkdirSync(join(options.stateDir, 'logs'), { recursive: true, mode: 0o700 });
    const logFile = join(options.stateDir, 'logs', 'account-workers.log');
    this.#log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
  }

  /** What runs is out of date; it is renewed shortly, or as soon as somebody asks for it. */
  changed(): void {
    this.#dirty = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.ready().catch((error: unknown) => this.#log.write(`restart failed: ${String(error)}\n`));
    }, GATHER_MS);
  }

  /** The runtime with every change applied. */
  async ready(): Promise<Miniflare> {
    // One being applied counts too: until it is through, the one before still answers.
    while (this.#dirty || this.#applying !== undefined || this.#miniflare === undefined) {
      this.#applying ??= this.#apply().finally(() => {
        this.#applying = undefined;
      });
      await this.#applying;
    }
    return this.#miniflare;
  }

  /** How another workerd process reaches the account Worker `service`. */
  async target(service: string): Promise<AccountTarget> {
    await this.ready();
    const file = join(this.#registryDir, RESOURCES_WORKER);
    const entry: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const address = (entry as { debugPortAddress?: unknown }).debugPortAddress;
    return { address: String(address), service: `core:user:${service}` };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#applying?.catch(() => undefined);
    await this.#miniflare?.dispose();
    this.#log.end();
  }

  async queryD1(id: string, sql: string, params: readonly unknown[]): Promise<unknown[]> {
    const miniflare = await this.ready();
    const database = await miniflare.getD1Database(d1Binding(id), RESOURCES_WORKER);
    if (params.length > 0)
      return [
        await database
          .prepare(sql)
          .bind(...params)
          .all(),
      ];
    const statements = splitStatements(sql).map((statement) => database.prepare(statement));
    return database.batch(statements);
  }

  async getKv(id: string, key: string): Promise<string | null> {
    return (await this.#kv(id)).get(key, 'text');
  }

  async putKv(id: string, key: string, value: string, ttl: number | undefined): Promise<void> {
    await (await this.#kv(id)).put(key, value, ttl === undefined ? {} : { expirationTtl: ttl });
  }

  async deleteKv(id: string, key: string): Promise<void> {
    await (await this.#kv(id)).delete(key);
  }

  async listKv(id: string, page: KvPage): Promise<KvKeys> {
    const listed = await (await this.#kv(id)).list(page);
    const names = listed.keys.map(({ name }) => name);
    return { names, cursor: listed.list_complete ? '' : listed.cursor };
  }

  async putObject(bucket: string, key: string, body: Uint8Array, type: string): Promise<string> {
    const object = await (await this.#r2(bucket)).put(key, Buffer.from(body), {
      httpMetadata: { contentType: type },
    });
    return object.etag;
  }

  async getObject(bucket: string, key: string): Promise<StoredObject | undefined> {
    const object = await (await this.#r2(bucket)).get(key);
    if (object === null) return undefined;
    const body = new Uint8Array(await object.arrayBuffer());
    return { body, contentType: object.httpMetadata?.contentType, etag: object.etag };
  }

  async deleteObject(bucket: string, key: string): Promise<void> {
    await (await this.#r2(bucket)).delete(key);
  }

  async #kv(id: string): ReturnType<Miniflare['getKVNamespace']> {
    return (await this.ready()).getKVNamespace(kvBinding(id), RESOURCES_WORKER);
  }

  async #r2(bucket: string): ReturnType<Miniflare['getR2Bucket']> {
    return (await this.ready()).getR2Bucket(r2Binding(bucket), RESOURCES_WORKER);
  }

  get #registryDir(): string {
    return join(this.#options.stateDir, 'cloudflare', 'registry');
  }

  async #apply(): Promise<Miniflare> {
    if (this.#closed) throw new TypeError('the embedded Cloudflare is closed');
    this.#dirty = false;
    const options = this.#miniflareOptions();
    if (this.#miniflare === undefined) {
      // What a killed run left there is not replaced by Miniflare, and leads user Workers nowhere.
      rmSync(this.#registryDir, { recursive: true, force: true });
      const started = withoutSignalHandlers(() => new Miniflare(options));
      await started.ready;
      this.#miniflare = started;
    } else {
      await this.#miniflare.setOptions(options);
    }
    return this.#miniflare;
  }

  #miniflareOptions(): MiniflareOptions {
    const { stateDir, supervisorAddress, slotAddresses, ports, state, scripts } = this.#options;
    const portOf = (script: string): number => ports.portOf(script);
    const plan = { supervisorAddress, slotAddresses, portOf };
    return {
      host: '127.0.0.1',
      port: ports.workers,
      cf: false,
      logRequests: false,
      log: new Log(LogLevel.NONE),
      handleStructuredLogs: ({ level, message }) => this.#log.write(`${level} ${message}\n`),
      resourcePersistencePath: join(stateDir, 'cloudflare', 'account'),
      unsafeDevRegistryPath: this.#registryDir,
      unsafeRuntimeEnv: markedEnv(stateDir),
      telemetry: { enabled: false },
      workers: accountWorkers(state, scripts, plan),
    };
  }
}

/** Miniflare ends the whole process on a signal, before our own orderly stop is through. */
function withoutSignalHandlers<T>(create: () => T): T {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const before = new Map(signals.map((signal) => [signal, process.listeners(signal)]));
  const created = create();
  for (const [signal, listeners] of before) {
    for (const added of process.listeners(signal)) {
      if (!listeners.includes(added)) process.off(signal, added);
    }
  }
  return created;
}
