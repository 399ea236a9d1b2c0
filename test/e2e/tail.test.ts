// The live log of a tenant on the really started platform: from a terminal, through the API and in a
// browser. Each hears what the tenant's own Worker does, and nothing of another one.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { eventsOf } from '../../infra/cli/tail/event-stream.ts';
import { expectSound, launchBrowser, newVisit, screenshot, type Visit } from './browser-world.ts';
import {
  asOperator,
  asTenant,
  codeOf,
  objectOf,
  onboard,
  sharedState,
  type TenantCall,
  tokenOf,
} from './client.ts';
import { until, Z0 } from './platform-process.ts';

const TENANT = 'tailed';
const NEIGHBOUR = 'globex';
const MODULE = 'application/javascript+module';

const CODE = `
import { EntityLedger } from '@z0-app/sdk';
export class NoteLedger extends EntityLedger { static idPrefix = 'note'; updateCachedState(fact) { if (fact.type === 'smudged') throw new TypeError('it cannot be read'); } hooks() { return [{ name: 'tell', run: () => { throw new TypeError('the hook is broken'); } }]; } }
export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    console.log('asked for', pathname, { by: 'somebody' });
    console.warn('as it was: authorization: Bearer ' + 'a1'.repeat(20));
    if (pathname === '/x/throw') throw new RangeError('there is no rate');
    return new Response('said');
  },
};
`;
/** Its ninth line, which throws, is the third of `src/notes.ts`. */
const MAP = { version: 3, sources: ['src/notes.ts'], mappings: ';;;;;;;;AAEA' };
const MAPPED = `${CODE}//# sourceMappingURL=data:application/json;base64,${btoa(JSON.stringify(MAP))}\n`;

let browser: Browser;
let tenant: TenantCall;
let neighbour: TenantCall;
beforeAll(async () => {
  browser = await launchBrowser();
  const state = await onboard(inject('stateDir'), TENANT);
  const form = new FormData();
  form.set('manifest', JSON.stringify({ main_module: 'ledgers.js' }));
  form.set('ledgers.js', new File([MAPPED], 'ledgers.js', { type: MODULE }));
  const operator = asOperator(state);
  const uploaded = await operator('PUT', `/v1/tenants/${TENANT}/worker`, { body: form });
  const { id } = objectOf(uploaded.body);
  const path = `/v1/tenants/${TENANT}/versions/${String(id)}/activate`;
  const live = await operator('POST', path, { body: {} });
  expect([live.status, live.body]).toEqual([200, expect.anything()]);
  tenant = await asTenant(state, TENANT);
  neighbour = await asTenant(state, NEIGHBOUR);
});

const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  // A page that stays open keeps its stream, and a tenant may have only so many.
  const pages = browser.contexts().flatMap((context) => context.pages());
  for (const page of pages) await page.goto('about:blank');
});
afterAll(() => browser.close());

interface Tail {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
}

/** `z0 tail`, once it listens. */
async function startTail(id: string, ...options: string[]): Promise<Tail> {
  const args = [Z0, 'tail', '--tenant', id, '--state', inject('stateDir'), ...options];
  const env = { ...process.env, NO_COLOR: '1' };
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  children.push(child);
  const texts = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    texts.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    texts.err += chunk.toString();
  });
  const tail = { child, out: () => texts.out, err: () => texts.err };
  await until(() => texts.err.includes('Ctrl-C'), 30_000, tail.err);
  return tail;
}

const eventsIn = (tail: Tail): Record<string, unknown>[] =>
  tail
    .out()
    .split('\n')
    .slice(0, -1)
    .map((line) => objectOf(JSON.parse(line)));

const heard = (tail: Tail, text: string): Promise<void> =>
  until(
    () => tail.out().includes(text),
    30_000,
    () => `no ${text} in:\n${tail.out()}\n${tail.err()}`,
  );

describe('z0 tail', () => {
  // The first one: after so many good answers, those that fail below do not take the version back.
  test('counts whatever it leaves out when too much happens', async () => {
    const tail = await startTail(TENANT, '--json');
    let served = 0;
    while (served < 300) {
      const answers = await Promise.all(
        Array.from({ length: 150 }, (_, i) => tenant('GET', `/x/flood/${i}`)),
      );
      // What the dispatcher refuses does not reach the Worker.
      served += answers.filter(({ status }) => status === 200).length;
    }
    const missed = (): number =>
      [...tail.err().matchAll(/missed (\d+) event/gu)].reduce((sum, [, n]) => sum + Number(n), 0);
    const told = (): number => eventsIn(tail).length + missed();
    await until(
      () => told() >= served,
      30_000,
      () => `${told()} of ${served}`,
    );
  });

  test('prints what the Worker logs and throws and how its requests end, until it is told to stop', async () => {
    const tail = await startTail(TENANT);
    await tenant('GET', '/x/hello?token=geheim');
    await tenant('POST', '/x/throw', { body: {} });
    await heard(tail, 'there is no rate');
    expect(tail.out()).toMatch(/^[\d:.]{12} ok {7}GET \/x\/hello 200$/mu);
    expect(tail.out()).toMatch(/^ {2}log {3}asked for \/x\/hello \{"by":"somebody"\}$/mu);
    expect(tail.out()).toMatch(/^[\d:.]{12} error {4}POST \/x\/throw 500$/mu);
    expect(tail.out()).toMatch(
      /^ {2}RangeError: there is no rate\n {4}at Object\.fetch \(src\/notes\.ts:3:1\)$/mu,
    );
    // Of a query nothing is told, nor of what a log says of a header.
    expect(tail.out()).not.toMatch(/geheim|a1a1a1/u);
    tail.child.kill('SIGINT');
    expect(await once(tail.child, 'exit')).toEqual([0, null]);
  });

  test('prints what a hook throws, although the fact stands', async () => {
    const tail = await startTail(TENANT, '--json', '--search', 'the hook is broken');
    const { id } = objectOf(
      (await tenant('POST', '/v1/entities', { body: { type: 'note' } })).body,
    );
    const body = { entity_id: id, type: 'written', data: {} };
    expect((await tenant('POST', '/v1/facts', { body })).status).toBe(201);
    await heard(tail, 'the hook is broken');
    expect(eventsIn(tail)[0]).toMatchObject({
      event: { type: 'rpc' },
      entrypoint: 'NoteLedger',
      exceptions: [{ name: 'TypeError', message: 'the hook is broken' }],
    });
  });

  test('prints what the making of state throws, although the fact stands', async () => {
    const tail = await startTail(TENANT, '--json', '--search', 'it cannot be read');
    const { id } = objectOf(
      (await tenant('POST', '/v1/entities', { body: { type: 'note' } })).body,
    );
    const body = { entity_id: id, type: 'smudged', data: {} };
    expect((await tenant('POST', '/v1/facts', { body })).status).toBe(201);
    await heard(tail, 'it cannot be read');
  });

  test('prints one object a line, of those alone that were asked for', async () => {
    const tail = await startTail(TENANT, '--json', '--status', 'error', '--method', 'post');
    for (const method of ['GET', 'POST']) {
      await tenant(method, '/x/hello');
      await tenant(method, '/x/throw');
    }
    await heard(tail, '"POST"');
    expect(eventsIn(tail)).toEqual([
      expect.objectContaining({
        object: 'tail_event',
        outcome: 'error',
        event: { type: 'fetch', method: 'POST', path: '/x/throw', status: 500 },
      }),
    ]);
  });

  test('says what a tenant is that is not there, and what an option may be', async () => {
    for (const args of [
      ['--tenant', 'nobody-here'],
      ['--tenant', TENANT, '--status', 'sad'],
    ]) {
      const child = spawn(process.execPath, [Z0, 'tail', '--state', inject('stateDir'), ...args]);
      children.push(child);
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      expect(await once(child, 'exit')).toEqual([1, null]);
      expect(said).toMatch(/There is no such tenant|must be of ok, error, canceled/u);
    }
  });
});

test('nothing of a tenant is heard by who listens to another', async () => {
  const [own, other] = [await startTail(TENANT, '--json'), await startTail(NEIGHBOUR, '--json')];
  await Promise.all([
    tenant('GET', '/x/only-of-tailed'),
    neighbour('GET', '/v1/entities/acct_only-of-globex'),
  ]);
  await heard(own, 'only-of-tailed');
  await heard(other, 'only-of-globex');
  expect(own.out()).not.toContain('globex');
  expect(other.out()).not.toContain('tailed');
});

test("a tenant's token opens its own stream, and no other tenant is there for it", async () => {
  const { platform_url: url } = sharedState();
  const headers = { authorization: `Bearer ${await tokenOf(sharedState(), TENANT)}` };
  const foreign = await fetch(`${url}/v1/tenants/${NEIGHBOUR}/tail`, { headers });
  expect([foreign.status, objectOf(await foreign.json()).code]).toEqual([404, 'not_found']);
  const stop = new AbortController();
  const query = 'search=only-this';
  const own = await fetch(`${url}/v1/tenants/${TENANT}/tail?${query}`, {
    headers,
    signal: stop.signal,
  });
  const events = eventsOf(own.body ?? new ReadableStream());
  expect((await events.next()).value).toMatchObject({ type: 'start' });
  await tenant('GET', '/x/not-this');
  await tenant('GET', '/x/only-this');
  const { value } = await events.next();
  expect(objectOf(JSON.parse(value?.data ?? ''))).toMatchObject({
    event: { path: '/x/only-this' },
  });
  stop.abort();
});

async function openStream(
  headers: Record<string, string> = {},
  id = TENANT,
): Promise<{
  readonly status: number;
  readonly next: () => Promise<{ type: string; id: string; data: string }>;
  readonly close: () => void;
}> {
  const { platform_url: url, operator_token: token } = sharedState();
  const stop = new AbortController();
  const answer = await fetch(`${url}/v1/tenants/${id}/tail?search=/x/`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: stop.signal,
  });
  const events = eventsOf(answer.body ?? new ReadableStream());
  const next = async () => {
    const { value } = await events.next();
    if (value === undefined) throw new Error('the stream ended');
    return value;
  };
  return { status: answer.status, next, close: () => stop.abort() };
}

test('who comes back after a moment has missed nothing, and who comes later is told so', async () => {
  // Somebody else reads all the while, so that it does not matter how long a moment is.
  const other = await openStream();
  const before = await openStream();
  expect(await before.next()).toMatchObject({ type: 'start' });
  await tenant('GET', '/x/known');
  const known = await before.next();
  before.close();
  await tenant('GET', '/x/in-between');
  const after = await openStream({ 'last-event-id': known.id });
  expect(await after.next()).toMatchObject({ type: 'start' });
  expect((await after.next()).data).toContain('/x/in-between');
  after.close();
  const late = await openStream({ 'last-event-id': '1' });
  expect(await late.next()).toMatchObject({ type: 'start' });
  expect(await late.next()).toMatchObject({ type: 'dropped', data: '{"count":null}' });
  late.close();
  other.close();
});

test('a tenant has five streams of the operator at once, and its own besides', async () => {
  // Of a tenant that nobody else listens to.
  const id = 'initech';
  const opened = [];
  for (let i = 0; i < 6; i += 1) opened.push(await openStream({}, id));
  expect(opened.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
  const own = { authorization: `Bearer ${await tokenOf(sharedState(), id)}` };
  opened.push(await openStream(own, id));
  expect(opened.at(-1)?.status).toBe(200);
  for (const { close } of opened) close();
  await until(async () => {
    const again = await openStream({}, id);
    again.close();
    return again.status === 200;
  }, 30_000);
});

test('a tenant that was never onboarded is not there', async () => {
  const answer = await asOperator(sharedState())('GET', '/v1/tenants/never-onboarded/tail');
  expect([answer.status, codeOf(answer)]).toEqual([404, 'not_found']);
});

const mainText = (page: Page): Promise<string> => page.locator('main').innerText();

async function portalLog(width: number): Promise<Visit> {
  const visit = await newVisit(browser, width);
  const { platform_url: url, tenants } = sharedState();
  await visit.page.goto(`${url}/portal`);
  await visit.page.getByLabel('Client id').fill(tenants[TENANT]?.client_id ?? '');
  await visit.page.getByLabel('Client secret').fill(tenants[TENANT]?.client_secret ?? '');
  await visit.page.getByRole('button', { name: 'Sign in' }).click();
  await visit.page.getByRole('link', { name: 'Logs', exact: true }).click();
  await visit.page.getByText('Listening', { exact: true }).waitFor();
  // Of those who are not signed in yet.
  visit.complaints.length = 0;
  return visit;
}

describe.each([1440, 390])('at %i px', (width) => {
  test('the portal shows the live log, which is paused, filtered and cleared', async () => {
    const { page, complaints } = await portalLog(width);
    expect(await mainText(page)).toContain('Nothing was heard yet');
    await expectSound(page);
    await screenshot(page, `live-log-empty-${width}`);
    await tenant('GET', '/x/hello');
    await tenant('POST', '/x/throw', { body: {} });
    await page.getByText('there is no rate').waitFor();
    await page.getByText('asked for /x/hello').waitFor();
    await expectSound(page);
    await screenshot(page, `live-log-${width}`);
    await page.keyboard.press('p');
    await page.getByText('Paused', { exact: true }).waitFor();
    await tenant('GET', '/x/held-back');
    await page.getByText(/^\d+ waiting$/u).waitFor();
    expect(await mainText(page)).not.toContain('held-back');
    await page.keyboard.press('p');
    await page.getByText('GET /x/held-back 200').waitFor();
    await page.keyboard.press('c');
    await page.getByText('Nothing was heard yet').waitFor();
    await page.getByLabel('Outcome').selectOption('error');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByText('Listening', { exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get('status')).toBe('error');
    await tenant('GET', '/x/hello');
    await tenant('GET', '/x/throw');
    await page.getByText('GET /x/throw 500').waitFor();
    expect(await mainText(page)).not.toContain('/x/hello');
    expect(complaints).toEqual([]);
  });
});

test('the operator reads the live log of a tenant, who can see that it was read', async () => {
  const { page, complaints } = await newVisit(browser);
  const { dashboard_url: url, platform_url: platform } = sharedState();
  await page.goto(url);
  await page.goto(`${platform}/dashboard/tenants/${TENANT}`);
  await page.getByRole('link', { name: 'Live log' }).click();
  await page.getByText('Listening', { exact: true }).waitFor();
  await tenant('GET', '/x/for-the-operator');
  await page.getByText('GET /x/for-the-operator 200').waitFor();
  await expectSound(page);
  await screenshot(page, 'live-log-operator');
  expect(complaints).toEqual([]);
  const portal = await portalLog(1440);
  await portal.page.getByRole('link', { name: 'Access', exact: true }).click();
  await portal.page.getByRole('cell', { name: 'your live log' }).first().waitFor();
});
