// What the API's routes work with: the state, and the runtime behind it. The routes never reach
// past this interface.
import type { StartupOutcome } from '../runtime/startup-check.ts';
import type { TailFilter } from '../runtime/tail-filters.ts';
import type { Script, ScriptStore, ScriptUpload } from '../state/script-store.ts';
import type { StateStore } from '../state/state-store.ts';

/** A stored R2 object as the API hands it out. */
export interface StoredObject {
  readonly body: Uint8Array;
  readonly contentType: string | undefined;
  readonly etag: string;
}

export interface KvPage {
  readonly prefix?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

export interface KvKey {
  readonly name: string;
  readonly expiration?: number | undefined;
  readonly metadata?: unknown;
}

export interface KvKeys {
  readonly keys: readonly KvKey[];
  /** Where the next page begins; `''` after the last. */
  readonly cursor: string;
}

export interface KvValue {
  readonly value: Uint8Array;
  readonly metadata: unknown;
}

export interface KvWrite {
  readonly value: Uint8Array;
  readonly metadata?: unknown;
  /** Seconds since 1970. */
  readonly expiration?: number;
  readonly expirationTtl?: number;
}

export interface ObjectPage {
  readonly prefix?: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly delimiter?: string;
}

export interface ListedObject {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  readonly uploaded: Date;
  readonly contentType: string | undefined;
}

export interface ObjectKeys {
  readonly objects: readonly ListedObject[];
  readonly prefixes: readonly string[];
  /** Where the next page begins; `''` after the last. */
  readonly cursor: string;
}

export interface RawRows {
  readonly columns: readonly string[];
  readonly rows: readonly unknown[];
}

export interface D1Dump {
  readonly schema: boolean;
  readonly data: boolean;
  readonly tables: readonly string[];
}

/** Data of account resources; it lives inside the runtime. */
export interface ResourceAccess {
  queryD1(id: string, sql: string, params: readonly unknown[]): Promise<unknown[]>;
  /** One statement's rows as arrays. */
  rawD1(id: string, sql: string, params: readonly unknown[]): Promise<RawRows>;
  /** The SQL text that makes the database anew; of all tables when none is named. */
  dumpD1(id: string, what: D1Dump): Promise<string>;
  getKv(id: string, key: string): Promise<KvValue | undefined>;
  putKv(id: string, key: string, write: KvWrite): Promise<void>;
  deleteKv(id: string, key: string): Promise<void>;
  listKv(id: string, page: KvPage): Promise<KvKeys>;
  putObject(bucket: string, key: string, body: Uint8Array, contentType: string): Promise<string>;
  getObject(bucket: string, key: string): Promise<StoredObject | undefined>;
  deleteObject(bucket: string, key: string): Promise<void>;
  listObjects(bucket: string, page: ObjectPage): Promise<ObjectKeys>;
}

/** Where a tail's events can be had. */
export interface TailRecord {
  readonly id: string;
  /** On the API's own host. */
  readonly path: string;
  /** RFC 3339. */
  readonly expiresAt: string;
}

export interface TailAccess {
  /** Once it is answered, nothing that the script does is missed; `undefined`: it has too many. */
  open(script: Script, filters: readonly TailFilter[]): Promise<TailRecord | undefined>;
  list(script: Script): TailRecord[];
  /** Whether the script had such a tail. */
  close(script: Script, id: string): boolean;
}

export interface RuntimeAccess {
  readonly tails: TailAccess;
  readonly resources: ResourceAccess;
  /** Account Workers, their bindings or their resources changed. */
  accountChanged(): void;
  /** Starts the code in a throwaway process: what it exports, or why it does not start. */
  tryCode(upload: ScriptUpload): Promise<StartupOutcome>;
  /** A user Worker's code changed or was deleted: its process ends, the next request starts it anew. */
  userWorkerReplaced(script: Script): Promise<void>;
  userWorkerDeleted(script: Script): Promise<void>;
}

export interface ApiContext {
  readonly accountId: string;
  readonly apiToken: string;
  readonly state: StateStore;
  readonly scripts: ScriptStore;
  readonly runtime: RuntimeAccess;
  /** Where an account Worker answers on this machine. */
  readonly workerUrl: (script: string) => string;
}
