// `z0 up`: the whole platform on this machine, in the foreground: embedded Cloudflare, apply, demo
// tenants, banner; Ctrl-C ends all of it.
import { rmSync } from 'node:fs';
import { apply, type Environment, publishIssuer } from '@z0-app/provisioning/deploy';
import { defineCommand } from 'citty';
import pc from 'picocolors';
import { seedDemoTenants } from '../demo/seed.ts';
import type { LocalCloudflare } from '../local/local-cloudflare.ts';
import { operatorToken } from '../operator-token.ts';
import { stack } from '../stack.ts';
import { printBanner } from './banner.ts';
import { CliError } from './cli-error.ts';
import { commonArgs, guarded, printJson, say, sessionWith } from './context.ts';
import { portArgs, portBaseOf, startCloudflare, stopSignal } from './foreground.ts';
import {
  type LocalState,
  readTenantCredentials,
  removeLocalState,
  stateDirOf,
  writeLocalState,
} from './local-state.ts';
import { call, objectOf } from './platform-client.ts';

export const upCommand = defineCommand({
  meta: {
    name: 'up',
    description:
      'Run the whole platform here, in the foreground. Example: z0 up --port-base 0 --state ./other',
  },
  args: {
    ...portArgs,
    seed: {
      type: 'boolean',
      description: 'Onboard the three demo tenants (--no-seed: do not)',
      default: true,
    },
    ...commonArgs,
  },
  run: ({ args }) =>
    guarded(async () => {
      await runUntilStopped({
        stateDir: stateDirOf(args.state),
        portBase: portBaseOf(args['port-base']),
        seed: args.seed,
        json: args.json,
      });
    }),
});

export const resetCommand = defineCommand({
  meta: { name: 'reset', description: 'Delete all local state. Example: z0 reset --yes' },
  args: { yes: { type: 'boolean', description: 'Do it', default: false }, ...commonArgs },
  run: ({ args }) =>
    guarded(async () => {
      const stateDir = stateDirOf(args.state);
      if (!args.yes)
        throw new CliError(`this deletes ${stateDir} with every ledger`, 'repeat it with --yes');
      // Starting takes the folder's lock and ends leftovers, so nothing writes while it goes.
      const cloud = await startCloudflare(stateDir, 0);
      await cloud.close();
      rmSync(stateDir, { recursive: true, force: true });
      say(`deleted ${stateDir}`);
    }),
});

interface UpOptions {
  readonly stateDir: string;
  readonly portBase: number;
  readonly seed: boolean;
  readonly json: boolean;
}

async function runUntilStopped(options: UpOptions): Promise<void> {
  const { stateDir } = options;
  const startedAt = performance.now();
  const stopped = stopSignal();
  const report = (line: string): void => say(`${pc.dim('·')} ${line}`);
  const cloud = await startCloudflare(stateDir, options.portBase, report);
  try {
    const bringUp = start(cloud, options, report);
    const outcome = await Promise.race([bringUp, stopped]);
    if (typeof outcome !== 'string') {
      if (options.json) printJson(outcome);
      else await printBanner(outcome, performance.now() - startedAt);
      await stopped;
    }
    say(`${pc.dim('·')} stopping`);
  } finally {
    removeLocalState(stateDir);
    await cloud.close();
  }
  // Sockets that a client left open must not keep the terminal waiting.
  process.exit(process.exitCode ?? 0);
}

async function start(
  cloud: LocalCloudflare,
  options: UpOptions,
  report: (line: string) => void,
): Promise<LocalState> {
  const { stateDir } = options;
  const environment = localEnvironment(cloud, stateDir);
  await apply(stack, environment, report);
  await cloud.ready();
  await publishIssuer(stack, environment);
  const state = await describe(cloud, environment);
  if (options.seed) {
    // The seed works like any other client: through local.json's addresses, before it is published.
    await seedDemoTenants(sessionWith(stateDir, state), report);
  }
  const ready = {
    ...state,
    ready_at: new Date().toISOString(),
    tenants: readTenantCredentials(stateDir),
  };
  writeLocalState(stateDir, ready);
  return ready;
}

function localEnvironment(cloud: LocalCloudflare, stateDir: string): Environment {
  return {
    name: 'local',
    accountId: cloud.accountId,
    apiToken: cloud.apiToken,
    apiBaseUrl: cloud.apiUrl,
    dispatcherUrl: cloud.workerUrl('z0-dispatcher'),
    platformUrl: cloud.workerUrl('z0-platform'),
    tenantHostSuffix: 'localhost',
    keyMode: 'test',
    stateDir,
  };
}

async function describe(cloud: LocalCloudflare, environment: Environment): Promise<LocalState> {
  const token = operatorToken(environment.stateDir);
  const link = await call(environment.platformUrl, token, 'POST', '/v1/dashboard-links', {
    body: {},
  });
  const { url } = objectOf(link.body);
  if (typeof url !== 'string')
    throw new CliError(`no dashboard link: ${JSON.stringify(link.body)}`);
  return {
    ready_at: '',
    pid: process.pid,
    account_id: cloud.accountId,
    api_token: cloud.apiToken,
    cloudflare_api_url: cloud.apiUrl,
    dispatcher_url: environment.dispatcherUrl,
    platform_url: environment.platformUrl,
    dashboard_url: url,
    workers_url: cloud.workersUrl,
    dispatch_namespace: 'z0-tenants',
    operator_token: token,
    tenants: {},
  };
}
