// `apply`: sees what an environment has, plans what is missing, and does it step by step. Every
// step can be repeated, so an apply that died is finished by the next one.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Account } from './account.ts';
import { deployWorker, type PlannedWorker, planWorker, type ResourceIds } from './deploy-worker.ts';
import type { Environment } from './environment.ts';
import { describeStep, planSteps, type Step } from './plan.ts';
import type { Stack, StackWorker } from './stack.ts';
import { buildTenantTemplate, type TenantTemplate } from './tenant-template.ts';
import { readWranglerConfig } from './wrangler-config.ts';

export interface Plan {
  readonly steps: readonly Step[];
  readonly lines: readonly string[];
}

interface Prepared {
  readonly steps: Step[];
  readonly account: Account;
  readonly template: TenantTemplate;
}

const CURRENT_TEMPLATE = 'tenant-template/current.json';

/** What `apply` would do. */
export async function plan(stack: Stack, environment: Environment): Promise<Plan> {
  const { steps } = await prepare(stack, environment);
  return { steps, lines: steps.map(describeStep) };
}

/** Does it; `progress` gets one line a step. Answers how many steps there were. */
export async function apply(
  stack: Stack,
  environment: Environment,
  progress: (line: string) => void,
): Promise<number> {
  const { steps, account, template } = await prepare(stack, environment);
  for (const step of steps) {
    progress(describeStep(step));
    if (step.do === 'create') await account.create(step.resource);
    if (step.do === 'migrate') await migrate(account, stack, step.file);
    if (step.do === 'publish-template') await publish(account, stack, template);
    if (step.do === 'deploy') await deploy(account, stack, environment, step.worker);
  }
  return steps.length;
}

async function prepare(stack: Stack, environment: Environment): Promise<Prepared> {
  const account = new Account(environment);
  const [resources, template] = await Promise.all([
    account.resources(),
    buildTenantTemplate(stack.template.configPath),
  ]);
  const has = (kind: string, name: string): boolean =>
    resources.some((resource) => resource.kind === kind && resource.name === name);
  const workers = await planWorkers(account, stack, environment, idsOf(resources));
  const releases = new Map<string, string>();
  for (const { name } of workers) {
    const release = await account.releaseOf(name);
    if (release !== undefined) releases.set(name, release);
  }
  const database = stack.migrations.database;
  const steps = planSteps(
    {
      resources: stack.resources,
      database,
      migrationFiles: readdirSync(stack.migrations.folder)
        .filter((f) => f.endsWith('.sql'))
        .toSorted(),
      templateVersion: template.artefact.version,
      workers,
    },
    {
      resources,
      appliedMigrations: has('d1', database) ? await appliedMigrations(account, stack) : [],
      templateVersion: has('r2', stack.template.bucket)
        ? await publishedVersion(account, stack)
        : undefined,
      releases,
    },
  );
  return { steps, account, template };
}

async function planWorkers(
  account: Account,
  stack: Stack,
  environment: Environment,
  ids: ResourceIds,
): Promise<PlannedWorker[]> {
  return Promise.all(stack.workers.map((worker) => planOne(account, worker, environment, ids)));
}

async function planOne(
  account: Account,
  worker: StackWorker,
  environment: Environment,
  ids: ResourceIds,
): Promise<PlannedWorker> {
  const { name } = readWranglerConfig(worker.configPath);
  const wanted = Object.keys(worker.secrets);
  const there = wanted.length === 0 ? [] : await account.secretNames(name);
  const missing = wanted.filter((secret) => !there.includes(secret));
  return planWorker(worker, environment, ids, missing);
}

/** Plans the Worker again: ids of resources created on the way are known only now. */
async function deploy(
  account: Account,
  stack: Stack,
  environment: Environment,
  name: string,
): Promise<void> {
  const ids = idsOf(await account.resources());
  for (const worker of stack.workers) {
    if (readWranglerConfig(worker.configPath).name !== name) continue;
    const planned = await planOne(account, worker, environment, ids);
    await deployWorker(worker, planned, environment);
  }
}

async function migrate(account: Account, stack: Stack, file: string): Promise<void> {
  const database = await databaseId(account, stack);
  const sql = readFileSync(join(stack.migrations.folder, file), 'utf8');
  // The table and its columns are wrangler's own, so that `wrangler d1 migrations` agrees.
  const record = `CREATE TABLE IF NOT EXISTS d1_migrations (
      id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE,
      applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
    ); INSERT OR IGNORE INTO d1_migrations (name) VALUES ('${file}')`;
  await account.query(database, `${sql};\n${record}`);
}

async function appliedMigrations(account: Account, stack: Stack): Promise<string[]> {
  const database = await databaseId(account, stack);
  const tables = await account.query(
    database,
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'd1_migrations'`,
  );
  if (tables.length === 0) return [];
  const rows = await account.query(database, 'SELECT name FROM d1_migrations ORDER BY id');
  return rows.map(({ name }) => String(name));
}

async function databaseId(account: Account, stack: Stack): Promise<string> {
  return idsOf(await account.resources()).d1[stack.migrations.database] ?? '';
}

/** Both forms first: what is named as current is there. */
async function publish(
  account: Account,
  stack: Stack,
  { artefact, parts }: TenantTemplate,
): Promise<void> {
  const { bucket } = stack.template;
  const { version } = artefact;
  await account.putObject(bucket, `tenant-template/${version}.json`, JSON.stringify(artefact));
  await account.putObject(bucket, `tenant-template/${version}.parts.json`, JSON.stringify(parts));
  await account.putObject(bucket, CURRENT_TEMPLATE, JSON.stringify({ version }));
}

async function publishedVersion(account: Account, stack: Stack): Promise<string | undefined> {
  const text = await account.getObject(stack.template.bucket, CURRENT_TEMPLATE);
  if (text === undefined) return undefined;
  // Written by `publish` above.
  return (JSON.parse(text) as { version?: string }).version;
}

type ListedResource = Awaited<ReturnType<Account['resources']>>[number];

function idsOf(resources: readonly ListedResource[]): ResourceIds {
  const byKind = (kind: string): Record<string, string> =>
    Object.fromEntries(
      resources.filter((entry) => entry.kind === kind).map(({ name, id }) => [name, id]),
    );
  return { kv: byKind('kv'), d1: byKind('d1') };
}
