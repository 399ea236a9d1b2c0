// Runs every account Worker in one Miniflare and gives the API their resources' data. Changes are
// gathered for a moment, so that a series of uploads restarts the runtime once.
import { createWriteStream, mkdirSync, readFileSync, rmSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { Log, LogLevel, Miniflare, type MiniflareOptions } from 'miniflare';
import type {
  D1Dump,
  KvKeys,
  KvPage,
  KvValue,
  KvWrite,
  ObjectKeys,
  ObjectPage,
  RawRows,
  ResourceAccess,
  StoredObject,
} from '../api/api-context.ts';
import type { ScriptStore } from '../state/script-store.ts';
import type { StateStore } from '../state/state-store.ts';
import type { CallLimits } from '../worker-code/call-limits.ts';
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
  readonly callLimits: CallLimits;
  readonly ports: Ports;
  readonly state: StateStore;
  readonly scripts: ScriptStore;
  /** Gets one line for a person to read. */
  readonly report: (line: string) => void;
  /** Whether anybody listens to one of them. */
  readonly isTailed: () => boolean;
}

const GATHER_MS = 100;
/** workerd may be killed while it starts; code that does not start fails every time. */
const START_ATTEMPTS = 3;
/** How often is looked whether Miniflare gave up on a workerd that died again as it came back. */
const LOOK_INTERVAL_MS = 500;
/** Of the runtime's words on a failed start. */
const FAILURE_LINES = 5;
/** Between tries to start what did not. */
const RETRY_MS = 10_000;

export class AccountRuntime implements ResourceAccess {
  readonly #options: AccountRuntimeOptions;
  readonly #log: WriteStream;
  #miniflare: Miniflare | undefined;
  /** What ran last, for when what should run now does not start. */
  #lastGood: MiniflareOptions | undefined;
  #dirty = true;
  #applying: Promise<Miniflare> | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #look: NodeJS.Timeout;
  /** When a start failed for good; on the clock of `performance`. */
  #failedAtMs = Number.NEGATIVE_INFINITY;
  /** Whether what runs says what it does. */
  #tailed = false;
  #closed = false;

  constructor(options: AccountRuntimeOptions) {
    this.#options = options;
    mkdirSync(join(options.stateDir, 'logs'), { recursive: true, mode: 0o700 });
    const logFile = join(options.stateDir, 'logs', 'account-workers.log');
    this.#log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
    this.#look = setInterval(() => void this.#lookAfter(), LOOK_INTERVAL_MS);
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

  /** Returns once every account Worker says what it does. */
  async tailed(): Promise<void> {
    if (!this.#tailed) this.changed();
    await this.ready();
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
    clearInterval(this.#look);
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
    return statements.length === 0 ? [] : database.batch(statements);
  }

  async rawD1(id: string, sql: string, params: readonly unknown[]): Promise<RawRows> {
    const miniflare = await this.ready();
    const database = await miniflare.getD1Database(d1Binding(id), RESOURCES_WORKER);
    const statement = database.prepare(sql).bind(...params);
    const all: unknown[][] = await statement.raw({ columnNames: true });
    const [columns = [], ...rows] = all;
    return { columns: columns.map(String), rows };
  }

  async dumpD1(id: string, { schema, data, tables }: D1Dump): Promise<string> {
    const miniflare = await this.ready();
    const database = await miniflare.getD1Database(d1Binding(id), RESOURCES_WORKER);
    const dump = database.prepare('PRAGMA miniflare_d1_export(?,?,?);');
    const [statements = []] = await dump.bind(!schema, !data, ...tables).raw();
    return statements.map(String).join('\n');
  }

  async getKv(id: string, key: string): Promise<KvValue | undefined> {
    const kv = await this.#kv(id);
    const { value, metadata } = await kv.getWithMetadata(key, 'arrayBuffer');
    return value === null ? undefined : { value: new Uint8Array(value), metadata };
  }

  async putKv(id: string, key: string, { value, ...options }: KvWrite): Promise<void> {
    await (await this.#kv(id)).put(key, Uint8Array.from(value), options);
  }

  async deleteKv(id: string, key: string): Promise<void> {
    await (await this.#kv(id)).delete(key);
  }

  async listKv(id: string, page: KvPage): Promise<KvKeys> {
    const listed = await (await this.#kv(id)).list(page);
    return { keys: listed.keys, cursor: listed.list_complete ? '' : listed.cursor };
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

  async listObjects(bucket: string, page: ObjectPage): Promise<ObjectKeys> {
    const r2 = await this.#r2(bucket);
    const listed = await r2.list({ ...page, include: ['httpMetadata'] });
    const objects = listed.objects.map(({ key, etag, size, uploaded, httpMetadata }) => {
      return { key, etag, size, uploaded, contentType: httpMetadata?.contentType };
    });
    const cursor = listed.truncated ? listed.cursor : '';
    return { objects, prefixes: listed.delimitedPrefixes, cursor };
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
    for (let attempt = 1; ; attempt += 1) {
      if (this.#closed) throw new TypeError('the embedded Cloudflare is closed');
      this.#dirty = false;
      try {
        const isTailed = this.#options.isTailed();
        const options = this.#miniflareOptions(isTailed);
        this.#miniflare = await this.#renewed(this.#miniflare, options);
        this.#lastGood = options;
        this.#tailed = isTailed;
        return this.#miniflare;
      } catch (error) {
        // After a failure nothing of it runs, and only a new one is sure to.
        await this.#discard();
        if (attempt < START_ATTEMPTS) continue;
        return this.#restored(error);
      }
    }
  }

  /** One Worker that cannot run must not end the others: what ran before runs again. */
  async #restored(failure: unknown): Promise<Miniflare> {
    const lines = (failure instanceof Error ? failure.message : String(failure)).split('\n');
    const why = lines.slice(0, FAILURE_LINES).join('\n');
    this.#options.report(`the account Workers do not start as uploaded: ${why}`);
    try {
      if (this.#lastGood === undefined) throw failure;
      this.#miniflare = await this.#renewed(undefined, this.#lastGood);
      this.#options.report('the account Workers run as before; mend the last upload');
      return this.#miniflare;
    } catch {
      await this.#discard();
      this.#failedAtMs = performance.now();
      throw failure;
    }
  }

  async #renewed(running: Miniflare | undefined, options: MiniflareOptions): Promise<Miniflare> {
    if (running !== undefined) {
      await running.setOptions(options);
      return running;
    }
    // What a killed run left there is not replaced by Miniflare, and leads user Workers nowhere.
    rmSync(this.#registryDir, { recursive: true, force: true });
    const started = withoutSignalHandlers(() => new Miniflare(options));
    this.#miniflare = started;
    await started.ready;
    return started;
  }

  /** Miniflare starts a workerd that died once more, and leaves it at that. */
  async #lookAfter(): Promise<void> {
    if (this.#applying !== undefined || this.#closed) return;
    const looked = this.#miniflare;
    const runs = await looked?.ready.then(
      () => true,
      () => false,
    );
    if (runs === true || this.#applying !== undefined || this.#miniflare !== looked) return;
    if (performance.now() - this.#failedAtMs < RETRY_MS) return;
    // Nothing was ever asked for.
    if (looked === undefined && !Number.isFinite(this.#failedAtMs)) return;
    await this.#discard();
    this.changed();
  }

  async #discard(): Promise<void> {
    const dead = this.#miniflare;
    this.#miniflare = undefined;
    await dead?.dispose().catch((error: unknown) => {
      this.#log.write(`stop failed: ${String(error)}\n`);
    });
  }

  #miniflareOptions(isTailed: boolean): MiniflareOptions {
    const { stateDir, supervisorAddress, slotAddresses, callLimits, ports, state, scripts } =
      this.#options;
    const portOf = (script: string): number => ports.portOf(script);
    const plan = { supervisorAddress, slotAddresses, callLimits, portOf, isTailed };
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
