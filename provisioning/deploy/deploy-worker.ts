// Deploys one account Worker with `wrangler deploy`: the room's config with this environment's ids
// and vars, and the secrets that are still missing.
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RELEASE_VAR } from './account.ts';
import { bundleWorker } from './bundle-worker.ts';
import type { Environment } from './environment.ts';
import { runBuild } from './run-build.ts';
import { runWrangler } from './run-wrangler.ts';
import type { StackWorker } from './stack.ts';
import { resolveConfig, type WranglerConfig } from './wrangler-config.ts';

export interface ResourceIds {
  /** KV namespace id by title. */
  readonly kv: Readonly<Record<string, string>>;
  /** D1 database id by name. */
  readonly d1: Readonly<Record<string, string>>;
}

export interface PlannedWorker {
  readonly name: string;
  readonly config: WranglerConfig;
  /** Hash of code and config: equal releases need no deploy. */
  readonly release: string;
  readonly missingSecrets: readonly string[];
}

/** `missingSecrets` names the secrets the deployed Worker does not have. */
export async function planWorker(
  worker: StackWorker,
  environment: Environment,
  ids: ResourceIds,
  missingSecrets: readonly string[],
): Promise<PlannedWorker> {
  const kv = Object.fromEntries(
    Object.entries(worker.kv).map(([binding, title]) => [binding, ids.kv[title] ?? '']),
  );
  const vars = worker.vars(environment);
  const { accountId } = environment;
  const config = resolveConfig(worker.configPath, { accountId, kv, d1: ids.d1, vars });
  await runBuild(worker.configPath);
  const hash = createHash('sha256')
    .update(await bundleWorker(config.main))
    .update(JSON.stringify(config));
  return { name: config.name, config, release: hash.digest('hex').slice(0, 16), missingSecrets };
}

export async function deployWorker(
  worker: StackWorker,
  planned: PlannedWorker,
  environment: Environment,
): Promise<void> {
  const newSecrets = planned.missingSecrets.map(
    (name) => [name, worker.secrets[name]?.(environment) ?? ''] as const,
  );
  const folder = join(environment.stateDir, 'deploy', planned.name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const config = {
    ...planned.config,
    vars: { ...planned.config.vars, [RELEASE_VAR]: planned.release },
  };
  writeFileSync(join(folder, 'wrangler.json'), JSON.stringify(config, undefined, 2));
  const args = ['deploy', '--config', 'wrangler.json', '--tag', planned.release];
  const secretsFile = join(folder, 'secrets.json');
  try {
    if (newSecrets.length > 0) {
      const text = JSON.stringify(Object.fromEntries(newSecrets));
      writeFileSync(secretsFile, text, { mode: 0o600 });
      args.push('--secrets-file', 'secrets.json');
    }
    await runWrangler(environment, args, folder);
  } finally {
    rmSync(secretsFile, { force: true });
  }
}
