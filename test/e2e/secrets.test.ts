// A tenant's code that needs a secret, from the refusal of `z0 deploy` to the value in `env`: over
// uploads, roll-backs, both at once and `kill -9`, and that the value is nowhere it should not be.
import { spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asOperator, asTenant, codeOf, objectOf } from './client.ts';
import { newStateDir, PlatformProcess, until, Z0 } from './platform-process.ts';

const TENANT = 'acme';
/** After the request was sent; a put takes about this long until Cloudflare has it. */
const KILLED_AFTER_MS = 25;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const stateDir = newStateDir();
const place = mkdtempSync(join(tmpdir(), 'z0-secrets-'));
const project = join(place, 'vault');
let platform: PlatformProcess;
/** Everything that any command of this file printed. */
let printed = '';
const typed = new Set<string>();
/** Every value that was set. */
const values: string[] = [];

/** Answers with its own version and what it has. */
const code = (version: string): string => `
import { EntityLedger } from '@z0-app/sdk';
export class VaultLedger extends EntityLedger { static idPrefix = 'vlt'; }
export default {
  fetch: (request, env) => Response.json({ version: '${version}', key: env.API_KEY ?? null, spare: env.SPARE ?? null }),
};`;

beforeAll(async () => {
  mkdirSync(join(project, 'src'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(place, 'node_modules'));
  const described = { name: 'vault', main: 'src/ledgers.js', secrets: ['API_KEY'] };
  writeFileSync(join(project, 'z0.json'), JSON.stringify(described));
  platform = await PlatformProcess.start(stateDir);
});

afterAll(async () => {
  await platform.killEverything();
  for (const folder of [stateDir, place]) rmSync(folder, { recursive: true, force: true });
});

async function z0(
  args: readonly string[],
  piped = '',
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const env = { ...process.env, Z0_STATE: stateDir, NO_COLOR: '1' };
  typed.add(`npx z0 ${args.join(' ')}`);
  const child = spawn(process.execPath, [Z0, ...args], { env, cwd: place, stdio: 'pipe' });
  const ran = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      ran[name] += chunk.toString();
    });
  }
  child.stdin.end(piped);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  printed += ran.stdout + ran.stderr;
  return { status, ...ran };
}

const deploy = (version: string, ...more: string[]) => {
  writeFileSync(join(project, 'src/ledgers.js'), code(version));
  return z0(['deploy', 'vault', '--tenant', TENANT, '--yes', ...more]);
};

function newValue(): string {
  const value = `hush-${crypto.randomUUID()}`;
  values.push(value);
  return value;
}

/** Sets it as a script would. */
async function put(name: string): Promise<string> {
  const value = newValue();
  const { status, stderr } = await z0(['secret', 'put', name, '--tenant', TENANT], `${value}\n`);
  expect(status, stderr).toBe(0);
  return value;
}

async function answer(): Promise<unknown> {
  const tenant = await asTenant(platform.state, TENANT);
  return (await tenant('GET', '/x/')).body;
}

interface Listed {
  readonly name: string;
  readonly version: number;
  readonly status: string;
  readonly used: boolean;
}

async function secrets(): Promise<Listed[]> {
  const { stdout } = await z0(['secret', 'list', '--tenant', TENANT, '--json']);
  // What the API answers, whose shape the pool tests check.
  return JSON.parse(stdout) as Listed[];
}

const operator = (method: string, path: string, body?: object) =>
  asOperator(platform.state)(method, `/v1/tenants/${TENANT}${path}`, { ...(body && { body }) });

let first: string;
let second: string;

test('code is not live before the secret is set that it declares', async () => {
  const refused = await deploy('one');
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain(`npx z0 secret put API_KEY --tenant ${TENANT}`);
  const { body } = await operator('GET', '/versions');
  const [version] = (objectOf(body).data as unknown[]).map(objectOf);
  expect(version).toMatchObject({ secrets: ['API_KEY'], active: false });
  first = String(version?.id);
  const direct = await operator('POST', `/versions/${first}/activate`);
  expect([direct.status, codeOf(direct)]).toEqual([409, 'secrets_missing']);
  expect(JSON.stringify(direct.body)).toContain('API_KEY');

  const value = await put('API_KEY');
  expect(await deploy('one')).toMatchObject({ status: 0, stdout: `${first}\n` });
  expect(await answer()).toMatchObject({ version: 'one', key: value });
});

test('a new value is there with the next request, and outlives uploads and roll-backs', async () => {
  const value = await put('API_KEY');
  const spare = await put('SPARE');
  expect(await answer()).toEqual({ version: 'one', key: value, spare });
  const deployed = await deploy('two');
  expect(deployed.status, deployed.stderr).toBe(0);
  second = deployed.stdout.trim();
  expect(await answer()).toEqual({ version: 'two', key: value, spare });
  const back = await z0(['rollback', '--tenant', TENANT, '--yes']);
  expect(back.status, back.stderr).toBe(0);
  expect(await answer()).toEqual({ version: 'one', key: value, spare });
  expect(await secrets()).toMatchObject([
    { name: 'API_KEY', version: 2, status: 'set', used: true },
    { name: 'SPARE', version: 1, status: 'set', used: false },
  ]);
  const { stdout } = await z0(['secret', 'list', '--tenant', TENANT]);
  expect(stdout).toMatch(/^API_KEY .*version 2 .*operator$/m);
  expect(stdout).toMatch(/^SPARE .*operator {2}\(unused\)$/m);
  expect((await z0(['secret', 'delete', 'SPARE', '--tenant', TENANT])).status).toBe(0);
  expect(await answer()).toEqual({ version: 'one', key: value, spare: null });
});

test('puts at the same time, and while a version becomes live, are all made, none lost', async () => {
  for (const id of [second, first]) {
    const [a, b] = [newValue(), newValue()];
    const answers = await Promise.all([
      operator('POST', `/versions/${id}/activate`),
      operator('PUT', '/secrets/API_KEY', { value: a }),
      operator('PUT', '/secrets/API_KEY', { value: b }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const [, ofA, ofB] = answers.map(({ body }) => Number(objectOf(body).version));
    const last = Number(ofA) > Number(ofB) ? a : b;
    expect(await answer()).toMatchObject({ version: id === first ? 'one' : 'two', key: last });
  }
});

test('a secret that was taken away past the platform is missed before a version becomes live', async () => {
  const { cloudflare_api_url: api, account_id, dispatch_namespace, api_token } = platform.state;
  const script = `dispatch/namespaces/${dispatch_namespace}/scripts/tenant-${TENANT}`;
  const url = `${api}/accounts/${account_id}/workers/${script}/secrets/API_KEY`;
  const headers = { authorization: `Bearer ${api_token}` };
  expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(200);
  const refused = await operator('POST', `/versions/${second}/activate`);
  expect([refused.status, codeOf(refused)]).toEqual([409, 'secrets_missing']);
  expect(await secrets()).toEqual([]);
  const value = await put('API_KEY');
  expect((await operator('POST', `/versions/${second}/activate`)).status).toBe(200);
  expect(await answer()).toMatchObject({ version: 'two', key: value });
});

test('after kill -9 in the middle of a put nothing is said to be set that is not', async () => {
  const name = 'KILLED';
  const asked = operator('PUT', `/secrets/${name}`, { value: newValue() }).catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, KILLED_AFTER_MS));
  await platform.killEverything();
  const told = await asked;
  platform = await PlatformProcess.start(stateDir);
  const listed = (await secrets()).find((one) => one.name === name);
  if (told?.status === 200) expect(listed).toMatchObject({ version: 1, status: 'set' });
  // The next change waits until the one before is settled, whichever way that went.
  const value = newValue();
  expect((await operator('PUT', `/secrets/${name}`, { value })).status).toBe(200);
  const then = (await secrets()).find((one) => one.name === name);
  expect(then).toMatchObject({ status: 'set' });
  expect([1, 2]).toContain(then?.version);
  expect(await answer()).toMatchObject({ version: 'two' });
});

test('the guide says no other commands than were run here', () => {
  const guide = readFileSync(join(ROOT, 'docs/secrets.md'), 'utf8');
  const commands = guide.match(/^npx z0 .*$/gm) ?? [];
  expect(commands.length).toBeGreaterThan(2);
  expect(commands.filter((command) => !typed.has(command))).toEqual([]);
});

test('no value is in a log, a ledger, the audit or a file but Cloudflare’s own', async () => {
  await until(
    async () =>
      JSON.stringify(
        (await asOperator(platform.state)('GET', `/v1/audit?action=secret`)).body,
      ).includes('KILLED'),
    20_000,
  );
  const where = new Set<string>();
  for (const entry of readdirSync(stateDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const bytes = readFileSync(file);
    if (values.some((value) => bytes.includes(value))) where.add(relative(stateDir, file));
  }
  expect(values.filter((value) => (printed + platform.output).includes(value))).toEqual([]);
  // The embedded Cloudflare's account, which keeps secrets as Cloudflare would.
  const own = ['cloudflare/state.sqlite', 'cloudflare/state.sqlite-wal'];
  expect(Array.from(where).filter((file) => !own.includes(file))).toEqual([]);
  expect(where.size).toBeGreaterThan(0);
});
