// Where a developer's working copy runs: on the platform that runs on this machine already, or on one
// that is started for it in the project's own folder. It never ends a platform that it did not start.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { LocalCloudflare } from '../../local/local-cloudflare.ts';
import { releaseLock, takeLock } from '../../local/runtime/state-lock.ts';
import { CliError } from '../cli-error.ts';
import { type Session, sessionWith } from '../context.ts';
import { startCloudflare } from '../foreground.ts';
import { type LocalState, readLocalState, removeLocalState } from '../local-state.ts';
import { call } from '../platform-client.ts';
import { startPlatform } from '../start-platform.ts';

export interface DevPlatformOptions {
  /** The project's folder; absolute. */
  readonly dir: string;
  /** As `--state` or `$Z0_STATE` names it. */
  readonly state: string | undefined;
  readonly portBase: number;
  readonly seed: boolean;
}

export interface DevPlatform {
  /** Whether it was started for this. */
  readonly isOwn: boolean;
  /** Resolves once it answers. */
  readonly ready: () => Promise<Session>;
}

/** What it starts is deferred to `started`. */
export async function openDevPlatform(
  options: DevPlatformOptions,
  started: AsyncDisposableStack,
  report: (line: string) => void,
): Promise<DevPlatform> {
  const places = placesOf(options);
  for (const stateDir of places) {
    const local = await runningIn(stateDir);
    if (local === undefined) continue;
    return { isOwn: false, ready: async () => sessionWith(stateDir, local) };
  }
  const stateDir = places.at(-1) ?? '';
  const cloud = await startCloudflare(stateDir, options.portBase, report);
  started.defer(() => endCloud(cloud, stateDir));
  const { seed } = options;
  return {
    isOwn: true,
    ready: async () =>
      sessionWith(stateDir, await startPlatform(cloud, { stateDir, seed }, report)),
  };
}

/** A platform is looked for in all of them, and started in the last. */
function placesOf({ dir, state }: DevPlatformOptions): string[] {
  if (state !== undefined) return [resolve(state)];
  return [...new Set([resolve('.z0'), join(dir, '.z0')])];
}

async function endCloud(cloud: LocalCloudflare, stateDir: string): Promise<void> {
  removeLocalState(stateDir);
  await cloud.close();
}

/** What a platform wrote that still answers; a killed one leaves the same file. */
async function runningIn(stateDir: string): Promise<LocalState | undefined> {
  try {
    const local = readLocalState(stateDir);
    const { platform_url: url, operator_token: token } = local;
    const { status } = await call(url, token, 'GET', '/v1/tenants?limit=1');
    return status === 200 ? local : undefined;
  } catch {
    return undefined;
  }
}

/** Two working copies would take turns under one tenant: the second is refused. */
export function claimTenant(stateDir: string, tenant: string, started: AsyncDisposableStack): void {
  const folder = join(stateDir, 'dev', tenant);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = takeLock(folder, '');
  if (!lock.ok) {
    throw new CliError(
      `z0 dev runs as ${tenant} already, in process ${lock.pid}`,
      'end that one first, or name another tenant with --tenant',
    );
  }
  started.defer(() => releaseLock(folder));
}
