// The shape of a desired state: what exists once per environment. Data only; `infra/stack.ts` holds
// ours.
import type { Environment } from './environment.ts';

export type StoredResourceKind = 'dispatch_namespace' | 'queue' | 'kv' | 'd1' | 'r2';

export interface StackResource {
  readonly kind: StoredResourceKind;
  readonly name: string;
}

export interface StackWorker {
  /** Path of the Worker's wrangler.jsonc. */
  readonly configPath: string;
  /** KV namespace title by binding name. */
  readonly kv: Readonly<Record<string, string>>;
  readonly vars: (environment: Environment) => Readonly<Record<string, string>>;
  /** Makes the value of each secret the Worker cannot start without; called only when it is missing. */
  readonly secrets: Readonly<Record<string, (environment: Environment) => string>>;
}

export interface Stack {
  readonly resources: readonly StackResource[];
  /** In the order they are deployed: a service binding's target first. */
  readonly workers: readonly StackWorker[];
  readonly migrations: { readonly database: string; readonly folder: string };
  readonly template: { readonly configPath: string; readonly bucket: string };
  /** The KV namespace with routes and issuers. */
  readonly routes: string;
}
