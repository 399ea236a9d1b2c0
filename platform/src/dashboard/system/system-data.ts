// Gathers what the System page shows. Each part may be missing; the page then says which.
import type { Env } from '../../env.ts';
import { readDeadLetters, readShardHealth } from '../../stats/health-reader.ts';
import type { DeadLetters, ShardHealth } from '../../stats/request-view.ts';
import { attempt } from '../attempt.ts';
import { type IndexSummary, summarizeIndex } from '../tenants/tenant-query.ts';
import { checkHealth, type HealthCheck } from './health-checks.ts';
import { readCurrentVersion, readVersions, type VersionCount } from './versions.ts';

const SHOWN_LETTERS = 10;
const STUCK_MS = 5 * 60_000;

export interface SystemData {
  readonly checks: readonly HealthCheck[];
  readonly shards: readonly ShardHealth[];
  readonly index: IndexSummary | undefined;
  readonly versions: readonly VersionCount[] | undefined;
  readonly currentVersion: string | undefined;
  readonly letters: DeadLetters | undefined;
  readonly now: number;
}

export async function readSystem(env: Env, now: number): Promise<SystemData> {
  const [checks, shards, index, versions, currentVersion, letters] = await Promise.all([
    checkHealth(env),
    attempt('shards', readShardHealth(env)),
    attempt('index', summarizeIndex(env.DB, new Date(now - STUCK_MS).toISOString())),
    attempt('versions', readVersions(env.DB)),
    attempt('version', readCurrentVersion(env.ARTEFACTS)),
    attempt('dead_letters', readDeadLetters(env, SHOWN_LETTERS)),
  ]);
  return { checks, shards: shards ?? [], index, versions, currentVersion, letters, now };
}
