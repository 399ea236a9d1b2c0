// A room's wrangler.jsonc is the one place for its bindings; this reads it and fills in what
// differs by environment (ids, vars) before a deploy.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'jsonc-parser';
import type { Migration } from '../src/tenant-artefact.ts';

export interface WranglerConfig {
  readonly name: string;
  readonly main: string;
  readonly compatibility_date: string;
  readonly compatibility_flags?: readonly string[];
  readonly durable_objects?: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string }[];
  };
  readonly migrations?: readonly Migration[];
  /** Run before the Worker is bundled; see `runBuild`. */
  readonly build?: { readonly command?: string };
  readonly vars?: Readonly<Record<string, string>>;
  readonly kv_namespaces?: readonly { readonly binding: string; readonly id?: string }[];
  readonly d1_databases?: readonly { readonly binding: string; readonly database_name: string }[];
  readonly [field: string]: unknown;
}

export interface EnvironmentValues {
  readonly accountId: string;
  /** KV namespace id by binding name. */
  readonly kv: Readonly<Record<string, string>>;
  /** D1 database id by database name. */
  readonly d1: Readonly<Record<string, string>>;
  /** Every var the Worker declares; the config's own values are only for reading. */
  readonly vars: Readonly<Record<string, string>>;
}

export function readWranglerConfig(path: string): WranglerConfig {
  // The repo's own file; wrangler itself checks it before anything is uploaded.
  return parse(readFileSync(path, 'utf8')) as WranglerConfig;
}

/**
 * The config as it is deployed: absolute entry, resolved ids, this environment's vars. Without a
 * build: it was run already, for the release could not be told without it.
 */
export function resolveConfig(path: string, values: EnvironmentValues): WranglerConfig {
  const config = readWranglerConfig(path);
  const { $schema: _schema, build: _build, ...rest } = config;
  return {
    ...rest,
    name: config.name,
    main: resolve(dirname(path), config.main),
    compatibility_date: config.compatibility_date,
    account_id: values.accountId,
    workers_dev: true,
    preview_urls: false,
    send_metrics: false,
    vars: values.vars,
    ...(config.kv_namespaces && {
      kv_namespaces: config.kv_namespaces.map(({ binding }) => ({
        binding,
        id: values.kv[binding] ?? '',
      })),
    }),
    ...(config.d1_databases && {
      d1_databases: config.d1_databases.map((entry) => ({
        binding: entry.binding,
        database_name: entry.database_name,
        database_id: values.d1[entry.database_name] ?? '',
      })),
    }),
  };
}
