// What the API's routes work with: the state, and the runtime behind it. The routes never reach
// past this interface.
import type { StartupOutcome } from '../runtime/startup-check.ts';
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

export interface KvKeys {
  readonly names: readonly string[];
  /** Where the next page begins; `''` after the last. */
  readonly cursor: string;
}

/** Data of account resources; it lives inside the runtime. */
export interface ResourceAccess {
  queryD1(id: string, sql: string, params: readonly unknown[]): Promise<unknown[]>;
  getKv(id: string, key: string): Promise<string | null>;
  putKv(id: string, key: string, value: string, ttlSeconds: number | undefined): Promise<void>;
  deleteKv(id: string, key: string): Promise<void>;
  listKv(id: string, page: KvPage): Promise<KvKeys>;
  putObject(bucket: string, key: string, body: Uint8Array, contentType: string): Promise<string>;
  getObject(bucket: string, key: string): Promise<StoredObject | undefined>;
  deleteObject(bucket: string, key: string): Promise<void>;
}

export interface RuntimeAccess {
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
