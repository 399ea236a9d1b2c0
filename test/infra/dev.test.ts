// `z0 dev` as a developer uses it, on a platform of its own and on one that runs: a change answers, what
// is at fault is told and changes nothing, data stays, and Ctrl-C leaves no process.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, assert, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, call } from '../../infra/cli/platform-client.ts';
import { type DevEvent, DevProcess, ledgersOf } from './dev-process.ts';
import { isAlive, processesOf } from './processes.ts';

const Z0 = fileURLToPath(new URL('../../infra/bin/z0.js', import.meta.url));
const place = realpathSync(mkdtempSync(join(tmpdir(), 'z0-dev-')));
const dir = join(place, 'points');
const state = join(dir, '.z0');
const original = (): string => readFileSync(new URL(SCAFFOLD, import.meta.url), 'utf8');
const SCAFFOLD = '../../infra/scaffold/src/ledgers.ts.txt';

let dev: DevProcess;
let ready: DevEvent;

function z0(args: readonly string[], cwd = place) {
  const { Z0_STATE: _unset, ...env } = process.env;
  const options = { encoding: 'utf8', cwd, env: { ...env, NO_COLOR: '1' } } as const;
  return spawnSync(process.execPath, [Z0, ...args], options);
}

/** A call of the tenant, as `at` said where and with what token. */
const ask = (path: string, body?: object, at = ready): Promise<Answer> =>
  call(String(at.dispatcher_url), String(at.access_token), body ? 'POST' : 'GET', path, { body });

const save = (text: string): Promise<DevEvent> => dev.save(ledgersOf(dir), text);

const VOUCHERS = `
export class VoucherLedger extends EntityLedger { static readonly idPrefix = 'vou'; }
`;
/** The project with a route that answers `expression`. */
const answering = (expression: string): string =>
  original().replace('return notFound();', `return Response.json(${expression});`);

beforeAll(async () => {
  expect(z0(['init', 'points'])).toMatchObject({ status: 0 });
  dev = new DevProcess(dir);
  await dev.next('live');
  ready = await dev.next('ready');
}, 180_000);

afterAll(() => {
  dev.child.kill('SIGKILL');
  rmSync(place, { recursive: true, force: true });
});

test('it starts a platform in the project’s own folder, and says where and how to call it', async () => {
  expect(ready).toMatchObject({ tenant: 'dev', starts_platform: true, state_dir: state });
  const body = { type: 'points', id: 'pts_kept' };
  expect(await ask('/v1/entities', body)).toMatchObject({ status: 201 });
  const earned = { entity_id: 'pts_kept', type: 'earned', data: { points: 100 } };
  expect(await ask('/v1/facts', earned)).toMatchObject({ status: 201 });
  expect(await ask('/x/balance/pts_kept')).toMatchObject({ body: { balance: 100 } });
});

describe('a change', () => {
  test('answers once it is told to be live, on the data that was there', async () => {
    const live = await save(answering(`{ says: 'hello' }`));
    expect(live).toMatchObject({ event: 'live', classes: ['PointsLedger'] });
    expect(live.ms).toBeGreaterThan(0);
    expect(await ask('/x/anything')).toMatchObject({ body: { says: 'hello' } });
    expect(await ask('/x/balance/pts_kept')).toMatchObject({ body: { balance: 100 } });
  });

  test('of vars counts as one of the sources', async () => {
    await save(answering(`Reflect.get(env, 'GREETING')`));
    const project = { name: 'points', main: 'src/ledgers.ts', vars: { GREETING: 'ahoy' } };
    await dev.save(join(dir, 'z0.json'), JSON.stringify(project));
    expect(await ask('/x/anything')).toMatchObject({ body: 'ahoy' });
  });

  test('of .dev.vars, too: its values come before those of z0.json, and only declared ones', async () => {
    await save(answering(`[Reflect.get(env, 'GREETING'), Reflect.has(env, 'OTHER')]`));
    const live = await dev.save(join(dir, '.dev.vars'), 'GREETING="moin moin"\nOTHER=1\n');
    expect(live.notes).toEqual([expect.stringContaining('OTHER of .dev.vars is left out')]);
    expect(await ask('/x/anything')).toMatchObject({ body: ['moin moin', false] });
  });

  test('may declare a secret, whose value is that of .dev.vars', async () => {
    await save(answering(`[Reflect.get(env, 'API_KEY')]`));
    const project = { name: 'points', main: 'src/ledgers.ts', secrets: ['API_KEY'] };
    const live = await dev.save(join(dir, 'z0.json'), JSON.stringify(project));
    expect(live.notes).toContainEqual(expect.stringContaining('write API_KEY=… into .dev.vars'));
    await dev.save(join(dir, '.dev.vars'), 'API_KEY=sk_1\n');
    expect(await ask('/x/anything')).toMatchObject({ body: ['sk_1'] });
  });

  test('may add a class and take it away again: its data is kept', async () => {
    const added = await save(original() + VOUCHERS);
    expect(added.classes).toEqual(['PointsLedger', 'VoucherLedger']);
    const body = { type: 'voucher', id: 'vou_1' };
    expect(await ask('/v1/entities', body)).toMatchObject({ status: 201 });
    expect(await save(original())).toMatchObject({ classes: ['PointsLedger'] });
    expect(await ask('/v1/entities/vou_1')).toMatchObject({ status: 404 });
    await save(original() + VOUCHERS);
    expect(await ask('/v1/entities/vou_1')).toMatchObject({ status: 200 });
  });
});

test('another id prefix is taken, and told for what it does to the entities that are there', async () => {
  const live = await save(original().replace(`idPrefix = 'pts'`, `idPrefix = 'poi'`));
  expect(live.notes).toContainEqual(expect.stringContaining('PointsLedger had ids pts_…'));
  expect(await ask('/v1/entities/pts_kept')).toMatchObject({ status: 404 });
  await save(original());
  expect(await ask('/v1/entities/pts_kept')).toMatchObject({ status: 200 });
});

test('what it throws is told by file and line, as it happens', async () => {
  const line =
    original()
      .split('\n')
      .findIndex((text) => text.includes('return notFound();')) + 1;
  await save(original().replace('return notFound();', `throw new RangeError('oops');`));
  const told = dev.next('log');
  // Until it is heard: the stream may have broken off just then.
  const asking = setInterval(() => void ask('/x/anything'), 500);
  const { log } = await told.finally(() => clearInterval(asking));
  const text = JSON.stringify(log);
  expect(text).toMatch(/RangeError.*oops/);
  expect(text).toContain(`src/ledgers.ts:${line}`);
});

describe('code at fault', () => {
  const lines = original().split('\n').length;

  beforeAll(async () => {
    await save(answering(`'before'`));
  });

  test.each([
    ['is no TypeScript', 'export const a = ;', `src/ledgers.ts:${lines}: syntax: `],
    [
      'imports what no tenant has',
      `import 'node:fs';`,
      `src/ledgers.ts:${lines}: import_not_allowed: `,
    ],
    [
      'does not start',
      `export const gone = JSON.parse('null').gone;`,
      `src/ledgers.ts:${lines}: does_not_start: `,
    ],
    ['has a class that is no ledger', 'export class Shop extends EntityLedger {}', 'not_a_ledger'],
    [
      'starts and does not answer',
      `Headers.prototype.get = () => { throw new Error('broken on purpose'); };`,
      'it does not answer',
    ],
  ])('that %s is told, and what ran before goes on', async (_what, line, told) => {
    const fault = await save(answering(`'before'`).replace(/\n$/, `\n${line}\n`));
    expect(fault).toMatchObject({ event: 'fault', findings: [expect.stringContaining(told)] });
    expect(await ask('/x/anything')).toMatchObject({ body: 'before' });
  });

  test('is followed by the next change as if it had not been', async () => {
    expect(await save(answering(`'after'`))).toMatchObject({ event: 'live' });
    expect(await ask('/x/anything')).toMatchObject({ body: 'after' });
  });

  test('may be z0.json itself', async () => {
    const file = join(dir, 'z0.json');
    const given = readFileSync(file, 'utf8');
    const fault = await dev.save(file, '{ "mian": "src/ledgers.ts" }');
    expect(fault).toMatchObject({ event: 'fault' });
    expect(String(fault.findings)).toContain('mian is not known');
    expect(await dev.save(file, given)).toMatchObject({ event: 'live' });
  });
});

describe('on a platform that runs', () => {
  const other = join(place, 'other');
  let joined: DevProcess;

  beforeAll(() => {
    expect(z0(['init', 'other'])).toMatchObject({ status: 0 });
  });

  test('a second working copy is refused as the tenant of the first', () => {
    const { status, stdout, stderr } = z0(['dev', '--json', '--state', state], other);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('z0 dev runs as dev already');
    expect(stderr).toContain('--tenant');
  });

  test('it joins as another tenant, and ends alone', async () => {
    joined = new DevProcess(other, ['--state', state, '--tenant', 'second']);
    const at = await joined.next('ready');
    expect(at).toMatchObject({ tenant: 'second', starts_platform: false });
    expect(await ask('/x/balance/pts_kept', undefined, at)).toMatchObject({ status: 404 });
    expect(await joined.interrupt(), joined.said).toBe(0);
    expect(await ask('/x/anything')).toMatchObject({ status: 200 });
  });

  test('a tenant with a version of its own live is refused, and left as it is', () => {
    const deployed = z0(['deploy', 'other', '--tenant', 'second', '--yes', '--state', state]);
    expect(deployed.status, deployed.stderr).toBe(0);
    const again = z0(['dev', '--state', state, '--tenant', 'second'], other);
    expect([again.status, again.stdout]).toEqual([1, '']);
    expect(again.stderr).toContain(`second runs ${deployed.stdout.trim()}`);
    expect(again.stderr).toContain('leave out --tenant');
  });
});

describe('its end', () => {
  test('by Ctrl-C ends all it started', async () => {
    const started = processesOf(state);
    expect(started.length).toBeGreaterThan(0);
    expect(await dev.interrupt(), dev.said).toBe(0);
    expect(processesOf(state)).toEqual([]);
    expect(started.filter(({ pid }) => isAlive(pid))).toEqual([]);
    expect(existsSync(join(state, 'local.json'))).toBe(false);
  });

  test('keeps the data for the next time', { timeout: 120_000 }, async () => {
    writeFileSync(ledgersOf(dir), original());
    dev = new DevProcess(dir);
    ready = await dev.next('ready');
    assert(ready.starts_platform === true);
    expect(await ask('/x/balance/pts_kept')).toMatchObject({ body: { balance: 100 } });
    expect(await dev.interrupt()).toBe(0);
  });
});
