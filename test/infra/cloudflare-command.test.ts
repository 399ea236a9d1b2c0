// `z0 cloudflare` as a stranger uses it: a Workers for Platforms project that knows nothing of this
// one is deployed by the real wrangler and the SDK, and answers.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Cloudflare from 'cloudflare';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CloudflareState } from '../../infra/cli/local-state.ts';
import { runWrangler } from '../../provisioning/deploy/run-wrangler.ts';
import { processesOf } from './processes.ts';
import { makeStateDir, until } from './test-cloud.ts';

const Z0 = fileURLToPath(new URL('../../infra/bin/z0.js', import.meta.url));
const stateDir = makeStateDir();
const localFile = join(stateDir, 'local.json');

let child: ChildProcess;
let state: CloudflareState;

beforeAll(async () => {
  const args = [Z0, 'cloudflare', '--state', stateDir, '--port-base', '0', '--json'];
  child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await until('it to be ready', () => printed.endsWith('}\n'));
  // It printed it itself.
  state = JSON.parse(printed) as CloudflareState;
});

afterAll(() => {
  child.kill('SIGKILL');
  rmSync(stateDir, { recursive: true, force: true });
});

test('it says where it is, to its owner alone', () => {
  expect(JSON.parse(readFileSync(localFile, 'utf8'))).toEqual(state);
  expect(statSync(localFile).mode & 0o777).toBe(0o600);
});

test('a project of somebody else is deployed by wrangler and the SDK, and answers by host', {
  timeout: 60_000,
}, async () => {
  const place = join(stateDir, 'project');
  mkdirSync(join(place, 'src'), { recursive: true });
  const code = `export default {
    async fetch(request, env) {
      const customer = new URL(request.url).pathname.split('/')[1];
      try {
        return await env.DISPATCHER.get(customer).fetch(request);
      } catch (error) {
        return new Response(error.message, { status: error.message.startsWith('Worker not found') ? 404 : 500 });
      }
    },
  };`;
  writeFileSync(join(place, 'src/index.js'), code);
  const config = {
    name: 'storefront',
    main: 'src/index.js',
    compatibility_date: '2026-10-01',
    dispatch_namespaces: [{ binding: 'DISPATCHER', namespace: 'shops' }],
  };
  writeFileSync(join(place, 'wrangler.json'), JSON.stringify(config));
  const environment = {
    name: 'test',
    apiToken: state.api_token,
    accountId: state.account_id,
    apiBaseUrl: state.cloudflare_api_url,
    platformUrl: '',
    dispatcherUrl: '',
    tenantHostSuffix: 'localhost',
    stateDir,
    keyMode: 'test' as const,
  };
  await runWrangler(environment, ['dispatch-namespace', 'create', 'shops'], place);
  await runWrangler(environment, ['deploy'], place);

  const client = new Cloudflare({ apiToken: state.api_token, baseURL: state.cloudflare_api_url });
  const body = new FormData();
  body.set(
    'metadata',
    JSON.stringify({ main_module: 'shop.js', compatibility_date: '2026-10-01' }),
  );
  const shop = "export default { fetch: () => new Response('tea and honey') };";
  body.set('shop.js', new File([shop], 'shop.js', { type: 'application/javascript+module' }));
  const scripts = `/accounts/${state.account_id}/workers/dispatch/namespaces/shops/scripts`;
  await client.put(`${scripts}/anna`, { body });

  await until('the storefront', async () => (await visit('/anna')).status === 200);
  expect(await visit('/anna')).toEqual({ status: 200, text: 'tea and honey' });
  expect((await visit('/bert')).status).toBe(404);
});

interface Visit {
  readonly status: number | undefined;
  readonly text: string;
}

/** As a browser does it, by the Worker's host name. While an upload takes effect, the account Workers
 * start anew and their port refuses connections: then it is tried again. */
async function visit(path: string): Promise<Visit> {
  return until(`an answer at ${path}`, async () => {
    try {
      return await visitOnce(path);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') return false;
      throw error;
    }
  });
}

async function visitOnce(path: string): Promise<Visit> {
  const headers = { host: 'storefront.workers.localhost' };
  return new Promise((resolve, reject) => {
    get(new URL(path, state.workers_url), { headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode, text }));
    }).once('error', reject);
  });
}

test('commands of the platform say that only the embedded Cloudflare runs', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [Z0, 'tenant', 'list', '--state', stateDir],
    {
      encoding: 'utf8',
    },
  );
  expect(status).toBe(1);
  expect(stderr).toContain('only the embedded Cloudflare runs');
  expect(stderr).toContain('npm start');
});

test('a port in use is named, with the way out', () => {
  const port = new URL(state.cloudflare_api_url).port;
  const other = makeStateDir();
  const args = [Z0, 'cloudflare', '--state', other, '--port-base', port];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  rmSync(other, { recursive: true, force: true });
  expect(status).toBe(1);
  expect(stderr).toContain(`port ${port} is in use`);
  expect(stderr).toContain('--port-base');
});

test('Ctrl-C ends it and all it started', async () => {
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  expect(existsSync(localFile)).toBe(false);
  expect(processesOf(stateDir)).toEqual([]);
});
