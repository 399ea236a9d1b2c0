// `z0 deploy`, `versions` and `rollback` where things do not go as in the guide: what is refused, by
// whom, what is said of it, and that nothing became live by it.
import { spawn } from 'node:child_process';
import {
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { asOperator, asTenant, objectOf, onboard, sharedState } from './client.ts';
import { Z0 } from './platform-process.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TENANT = 'atelier';
const place = realpathSync(mkdtempSync(join(tmpdir(), 'z0-deploy-')));
const ledgers = join(place, 'points/src/ledgers.ts');

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function z0(...args: string[]): Promise<Ran> {
  const env = { ...process.env, Z0_STATE: inject('stateDir'), NO_COLOR: '1' };
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const child = spawn(process.execPath, [Z0, ...args], { env, cwd: place, stdio });
  const ran = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      ran[name] += chunk.toString();
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...ran }));
  });
}
const deploy = (...args: string[]): Promise<Ran> =>
  z0('deploy', 'points', '--tenant', TENANT, ...args);

async function versions(): Promise<Record<string, unknown>[]> {
  const { body } = await asOperator(sharedState())('GET', `/v1/tenants/${TENANT}/versions`);
  const { data } = objectOf(body);
  return Array.isArray(data) ? data.map(objectOf) : [];
}
const idLive = async (): Promise<unknown> =>
  (await versions()).find(({ active }) => active === true)?.id;

const original = (): string =>
  readFileSync(join(ROOT, 'infra/scaffold/src/ledgers.ts.txt'), 'utf8');
/** The project's ledgers with `text` behind them; the line that it begins on. */
function write(text: string): number {
  writeFileSync(ledgers, original() + text);
  return original().split('\n').length;
}

beforeAll(async () => {
  symlinkSync(join(ROOT, 'node_modules'), join(place, 'node_modules'));
  expect(await z0('init', 'points')).toMatchObject({ status: 0 });
  await onboard(inject('stateDir'), TENANT);
});

afterAll(() => rmSync(place, { recursive: true, force: true }));

describe('before anything is live', () => {
  test('there are no versions, and nothing to go back to', async () => {
    expect(await versions()).toEqual([]);
    const { status, stderr } = await z0('rollback', '--tenant', TENANT, '--yes');
    expect(status).toBe(1);
    expect(stderr).toContain(`${TENANT} runs no version of its own`);
  });

  test('--dry-run sends nothing', async () => {
    const { status, stdout } = await deploy('--dry-run', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      modules: [{ name: 'ledgers.js', bytes: expect.any(Number) }],
      findings: [],
    });
    expect(await versions()).toEqual([]);
  });

  test('without a terminal and without --yes nothing is sent', async () => {
    const { status, stdout, stderr } = await deploy();
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('--yes');
    expect(await versions()).toEqual([]);
  });

  test('--no-activate uploads a version that is not live', async () => {
    const { status, stdout, stderr } = await deploy('--no-activate', '--message', 'later');
    expect(status, stderr).toBe(0);
    expect(await versions()).toMatchObject([
      { id: stdout.trim(), message: 'later', active: false },
    ]);
  });
});

describe('a version that is live', () => {
  test('is the one that was uploaded before, when the content is the same', async () => {
    const [uploaded] = await versions();
    const { status, stdout, stderr } = await deploy('--yes', '--json');
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ id: uploaded?.id, active: true });
    expect(await versions()).toHaveLength(1);
  });

  test('is left as it is when it is deployed again', async () => {
    const { status, stdout, stderr } = await deploy('--yes');
    expect([status, stdout]).toEqual([0, `${String(await idLive())}\n`]);
    expect(stderr).toContain('is live already');
  });

  test('and that is the first has none before it', async () => {
    const { status, stderr } = await z0('rollback', '--tenant', TENANT, '--yes');
    expect(status).toBe(1);
    expect(stderr).toContain(`no version of ${TENANT} was live before`);
    expect(stderr).toContain(`npx z0 versions --tenant ${TENANT}`);
  });

  test.each(['live', 'ver_00000000000000000000000000'])(
    'is not rolled back to %s',
    async (wanted) => {
      const id = wanted === 'live' ? String(await idLive()) : wanted;
      const { status, stderr } = await z0('rollback', id, '--tenant', TENANT, '--yes');
      expect(status).toBe(1);
      expect(stderr).toContain(wanted === 'live' ? 'is live already' : 'has no version');
    },
  );

  test('gets its vars from z0.json, and answers below /x/', async () => {
    const file = join(place, 'points/z0.json');
    const given = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...given, vars: { GREETING: 'hello' } }));
    const answers = `Response.json({ says: Reflect.get(env, 'GREETING') })`;
    writeFileSync(ledgers, original().replace('return notFound();', `return ${answers};`));
    const { status, stderr } = await deploy('--yes');
    expect(status, stderr).toBe(0);
    const tenant = await asTenant(sharedState(), TENANT);
    expect(await tenant('GET', '/x/anything')).toMatchObject({ body: { says: 'hello' } });
    expect(await tenant('GET', '/v1/health')).toMatchObject({ status: 200 });
  });

  test('is rolled back to one that was live itself, never to one that only was uploaded', async () => {
    const before = await idLive();
    write('export const never = 1;\n');
    expect(await deploy('--no-activate')).toMatchObject({ status: 0 });
    write('export const live = 1;\n');
    expect(await deploy('--yes')).toMatchObject({ status: 0 });
    const { status, stdout, stderr } = await z0('rollback', '--tenant', TENANT, '--yes');
    expect([status, stdout], stderr).toEqual([0, `${String(before)}\n`]);
    expect(await idLive()).toBe(before);
  });
});

test('a class named like the template’s is told to take its place', async () => {
  write(`export class AccountLedger extends EntityLedger {}\n`);
  const { status, stderr } = await deploy('--no-activate');
  expect(status).toBe(0);
  expect(stderr).toContain('+ AccountLedger (account, ids acct_…): in place of the template’s');
});

describe('two versions', () => {
  test('are compared by manifest, classes and lines, and so is what is live with the template', async () => {
    const [newest, ...older] = await versions();
    const [to, from] = [String(newest?.id), String(older.at(-1)?.id)];
    const { status, stdout, stderr } = await z0('versions', 'diff', from, to, '--tenant', TENANT);
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('+ manifest /vars: {"GREETING":"hello"}');
    expect(stdout).toContain('+ AccountLedger (account, ids acct_…)');
    expect(stdout).toMatch(/^--- ver_\w+\/ledgers\.js\n\+\+\+ ver_\w+\/ledgers\.js\n@@ /m);
    expect(stdout).not.toContain('sourceMappingURL');
    const all = await z0('versions', 'diff', 'template', 'live', '--tenant', TENANT, '--json');
    expect(JSON.parse(all.stdout)).toMatchObject({
      from: null,
      to: await idLive(),
      modules: [{ name: 'ledgers.js', change: 'added' }],
    });
    const same = await z0('versions', 'diff', to, to, '--tenant', TENANT);
    expect([same.status, same.stdout]).toEqual([0, '']);
    expect(same.stderr).toContain('nothing differs');
  });

  test('are downloaded into a folder of their own, and overwrite nothing', async () => {
    const live = String(await idLive());
    const down = (): Promise<Ran> =>
      z0('versions', 'download', live, '--tenant', TENANT, '--to', 'down/old');
    const { status, stdout, stderr } = await down();
    expect(status, stderr).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((path) => path.slice(place.length)),
    ).toEqual(['/down/old/manifest.json', '/down/old/ledgers.js']);
    const code = join(place, 'down/old/ledgers.js');
    expect(readFileSync(code, 'utf8')).toContain('PointsLedger');
    writeFileSync(code, 'mine');
    const again = await down();
    expect([again.status, again.stdout]).toEqual([1, '']);
    expect(again.stderr).toContain('is there already');
    expect(readFileSync(code, 'utf8')).toBe('mine');
  });
});

test('the versions are listed newest first, as JSON too', async () => {
  const { stdout } = await z0('versions', '--tenant', TENANT, '--json');
  expect(JSON.parse(stdout)).toEqual(await versions());
});

describe('what is refused', () => {
  test('by the checks on this machine is told by file and line, all at once', async () => {
    const line = write(`import 'node:fs';\nexport const late = import(String(1));\n`);
    const { status, stdout, stderr } = await deploy('--yes');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('2 findings');
    expect(stderr).toContain(`points/src/ledgers.ts:${line}: import_not_allowed: 'node:fs'`);
    expect(stderr).toContain(`points/src/ledgers.ts:${line + 1}: import_not_allowed: import()`);
  });

  test('by the start of the code is told by the line of the source', async () => {
    const live = await idLive();
    const line = write(
      `\nconst nothing = JSON.parse('null');\nexport const boom = nothing.gone;\n`,
    );
    const { status, stdout, stderr } = await deploy('--yes');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('the platform refuses it: one finding');
    expect(stderr).toContain(`points/src/ledgers.ts:${line + 2}: does_not_start: `);
    expect(await idLive()).toBe(live);
  });

  test('for its classes is told by the file that exports them', async () => {
    write('export class Coupon extends EntityLedger {}\n');
    const { status, stderr } = await deploy('--yes');
    expect(status).toBe(1);
    expect(stderr).toContain('points/src/ledgers.ts: not_a_ledger: Coupon');
  });

  test('for another id prefix than its entities have is told so', async () => {
    const live = await idLive();
    writeFileSync(ledgers, original().replace("idPrefix = 'pts'", "idPrefix = 'poi'"));
    const { status, stderr } = await deploy('--yes');
    expect(status).toBe(1);
    expect(stderr).toContain("prefix_changed: PointsLedger had the id prefix 'pts'");
    expect(await idLive()).toBe(live);
  });

  test('for its manifest is told by field', async () => {
    write('');
    const file = join(place, 'points/z0.json');
    const given = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...given, vars: { TENANT_ID: 'globex' } }));
    const { status, stderr } = await deploy('--yes');
    writeFileSync(file, JSON.stringify(given));
    expect(status).toBe(1);
    expect(stderr).toContain('/manifest/vars/TENANT_ID: manifest_invalid: ');
  });

  test('for the tenant, which is not there, is told as such', async () => {
    const { status, stderr } = await z0('deploy', 'points', '--tenant', 'nobody', '--yes');
    expect(status).toBe(1);
    expect(stderr).toContain('404 not_found');
  });

  test('because another became live in between is told, and the other stays', async () => {
    write('export const other = 1;\n');
    const { stdout } = await deploy('--no-activate');
    const live = await idLive();
    const answer = await asOperator(sharedState())(
      'POST',
      `/v1/tenants/${TENANT}/versions/${stdout.trim()}/activate`,
      { body: { expected_active: null } },
    );
    expect(answer).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(await idLive()).toBe(live);
  });
});

describe('the template alone', () => {
  test('becomes live, and what stays deployed is told; a version brings all of it back', async () => {
    const before = String(await idLive());
    const tenant = await asTenant(sharedState(), TENANT);
    const body = { type: 'points', id: 'pts_kept' };
    expect(await tenant('POST', '/v1/entities', { body })).toMatchObject({ status: 201 });
    const both = await z0('rollback', before, '--template', '--tenant', TENANT, '--yes');
    expect([both.status, both.stdout]).toEqual([1, '']);
    const taken = (): Promise<Ran> => z0('rollback', '--template', '--tenant', TENANT, '--yes');
    const { status, stdout, stderr } = await taken();
    expect([status, stdout], stderr).toEqual([0, 'template\n']);
    expect(stderr).toContain('kept   PointsLedger stays deployed with its data');
    expect(stderr).toContain(`npx z0 rollback ${before} --tenant ${TENANT}`);
    expect(await idLive()).toBeUndefined();
    expect(await tenant('GET', '/v1/entities/pts_kept')).toMatchObject({ status: 404 });
    expect(await tenant('GET', '/x/anything')).toMatchObject({ status: 404 });
    const again = await taken();
    expect(again.status).toBe(1);
    expect(again.stderr).toContain('runs the template alone already');
    expect(await z0('rollback', before, '--tenant', TENANT, '--yes')).toMatchObject({ status: 0 });
    expect(await tenant('GET', '/v1/entities/pts_kept')).toMatchObject({ status: 200 });
  });
});
