// Deploys the whole platform to a started embedded Cloudflare and says where it is. It neither starts
// nor ends that one: who runs in the foreground does.
import { apply, type Environment, publishIssuer } from '@z0-app/provisioning/deploy';
import { seedDemoTenants } from '../demo/seed.ts';
import type { LocalCloudflare } from '../local/local-cloudflare.ts';
import { operatorToken } from '../operator-token.ts';
import { stack } from '../stack.ts';
import { CliError } from './cli-error.ts';
import { sessionWith } from './context.ts';
import { type LocalState, readTenantCredentials, writeLocalState } from './local-state.ts';
import { call, objectOf } from './platform-client.ts';

/** Resolves once every Worker answers and `local.json` says where. */
export async function startPlatform(
  cloud: LocalCloudflare,
  { stateDir, seed }: { readonly stateDir: string; readonly seed: boolean },
  report: (line: string) => void,
): Promise<LocalState> {
  const environment = localEnvironment(cloud, stateDir);
  await apply(stack, environment, report);
  await cloud.ready();
  await publishIssuer(stack, environment);
  const state = await describe(cloud, environment);
  if (seed) {
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
