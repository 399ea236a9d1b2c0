// A history replayed in a throwaway script on the real runtime: what the code makes of it is told, and
// nothing of it leaves the script or outlives it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type CloudflareApi,
  canPreview,
  createCloudflareApi,
  type DescribedClass,
  deletePreview,
  previewArtefact,
  previewNameOf,
  type TemplateParts,
  uploadPreview,
} from '../../provisioning/src/index.ts';
import { openProject, type Send, sender, type TestCloud, upload } from '../infra/test-cloud.ts';
import { MANIFEST, publishedTemplate } from './custom-samples.ts';

const ROUTER = `export default {
  fetch: (request, env) => env.WORKERS.get(request.headers.get('x-script')).fetch(request),
};`;
const LIMITS = { cpu_ms: 3_000, subrequests: 50 };
const TENANT = 'acme';

let running: TestCloud;
let api: CloudflareApi;
let parts: TemplateParts;
let send: Send;
let runs = 0;

beforeAll(async () => {
  ({ parts } = await publishedTemplate());
  running = await openProject(async (project) => {
    const bindings = [{ type: 'dispatch_namespace', name: 'WORKERS', namespace: 'customers' }];
    await upload(project, '', 'router', { code: ROUTER, metadata: { bindings } });
  });
  const { apiToken, apiUrl } = running.cloud;
  api = createCloudflareApi({ apiToken, baseURL: apiUrl });
  send = sender(running);
});

afterAll(() => running.close());

const targetOf = (run: string) => ({
  accountId: running.cloud.accountId,
  namespace: 'customers',
  script: previewNameOf(TENANT, run, 'next'),
});

const POINTS: DescribedClass = {
  name: 'PointsLedger',
  kind: 'entity',
  type: 'points',
  prefix: 'pts',
  from: 'custom',
};
const SYSTEM: DescribedClass = {
  name: 'TenantSystemLedger',
  kind: 'tenant_system',
  type: '',
  prefix: '',
  from: 'template',
};

/** The class's body, in a preview of its own. Answers how to ask it. */
async function preview(body: string, before = '') {
  runs += 1;
  const run = `run_${runs}`;
  const content = `import { EntityLedger } from '@z0-app/sdk';
    ${before}
    export class PointsLedger extends EntityLedger { static idPrefix = 'pts'; ${body} }`;
  const modules = [{ name: 'ledgers.js', content }];
  const artefact = previewArtefact(parts, MANIFEST, modules, [POINTS, SYSTEM], TENANT);
  expect(await uploadPreview(api, targetOf(run), artefact, LIMITS)).toMatchObject({ ok: true });
  return async (path: string, given?: unknown) => {
    const response = await send(targetOf(run).script, path, {
      method: 'POST',
      ...(given === undefined ? {} : { body: JSON.stringify(given) }),
    });
    const text = await response.text();
    const answered: unknown = text.startsWith('{') ? JSON.parse(text) : text;
    return { status: response.status, body: answered };
  };
}

const ADDING = `updateCachedState(fact) {
  if (fact.type !== 'earned') return;
  const points = this.cachedStateManager.get('Points')?.points ?? 0;
  this.cachedStateManager.set('Points', { points: points + fact.data.points });
}`;

const ID = 'pts_1';

function fact(seq: number, type: string, data: object, more: object = {}) {
  const at = new Date(1_700_000_000_000 + seq * 1_000).toISOString();
  return {
    id: `fct_${seq}`,
    seq,
    type,
    tenant_id: TENANT,
    entity_id: ID,
    timestamp: at,
    recorded_at: at,
    schema_version: 1,
    data,
    hash: 'a',
    prev_hash: 'b',
    ...more,
  };
}

/** Created, then `count` facts of 1, 2, 3, … points. */
const history = (count: number) => [
  fact(1, 'lifecycle', { entity_id: ID, type: 'points' }, { subtype: 'created' }),
  ...Array.from({ length: count }, (_, index) => fact(index + 2, 'earned', { points: index + 1 })),
];

const REPLAY = `/copies/${ID}/replay`;
const FACTS = `/copies/${ID}/facts`;

test('facts are replayed as they are, however often they are sent', async () => {
  expect(canPreview(parts)).toBe(true);
  const ask = await preview(ADDING);
  expect(await ask(FACTS, history(2))).toEqual({ status: 200, body: { head: 3 } });
  expect(await ask(FACTS, history(4))).toEqual({ status: 200, body: { head: 5 } });
  const answer = await ask(REPLAY);
  expect(answer).toMatchObject({
    status: 200,
    body: { facts: 5, broken: { count: 0 }, threw: { count: 0 }, states: [{ name: 'Points' }] },
  });
  expect(JSON.stringify(answer.body)).toContain('{\\"points\\":10}');
});

const replayed = async (body: string, facts: object[] = history(3), before = '') => {
  const ask = await preview(body, before);
  expect(await ask(FACTS, facts)).toMatchObject({ status: 200 });
  return ask(REPLAY);
};

test('each fact is judged at its place, where it stays whatever is said of it', async () => {
  const rules = `${ADDING}
    invariants() {
      return [
        { name: 'below_six', check: (fact, state) =>
          fact.type === 'earned' && (state.get('Points')?.points ?? 0) + fact.data.points >= 6 ? 'six or more' : undefined },
        { name: 'never_asked_then', check: (fact) => {
          if (this.cachedStateManager.get('Points')?.points === 6) throw new Error('no');
        } },
      ];
    }`;
  const { body } = await replayed(rules, history(4));
  expect(body).toMatchObject({
    broken: {
      count: 2,
      first: [
        { seq: 4, where: 'below_six', detail: 'six or more' },
        { seq: 5, where: 'below_six' },
      ],
    },
    threw: { count: 0 },
  });
  expect(JSON.stringify(body)).toContain('{\\"points\\":10}');
});

test('what handlers, hooks and rules throw is told with the fact, and hooks write nothing', async () => {
  const body = `${ADDING.replace('return;', `return; if (fact.data.points === 2) throw new TypeError('two');`)}
    invariants() { return [{ name: 'rule', check: (fact) => { if (fact.seq === 2) throw new Error('rule'); } }]; }
    hooks() {
      return [
        { name: 'appends', run: async (fact) => {
          if (fact.type === 'earned') await this.appendFact({ type: 'noted', data: { of: fact.data.points } });
        } },
        { name: 'sets', run: () => this.cachedStateManager.set('Other', 1) },
        { name: 'patches', run: async (fact) => {
          const outcome = await this.patchEntity({ data: { a: 1 } }, { tenantId: 'acme', principal: 'me' });
          if (outcome.ok) throw new Error('it was written');
        } },
      ];
    }`;
  const answer = await replayed(body);
  const points = '{"points":4}';
  expect(answer.body).toMatchObject({
    facts: 4,
    states: [{ name: 'Points', text: points }],
    appended: { count: 3, first: [{ seq: 2, detail: '{"of":1}' }, { seq: 3 }, { seq: 4 }] },
    threw: { count: 6 },
  });
  const told = JSON.stringify(answer.body);
  for (const words of ['TypeError: two', 'Error: rule', 'Cached state changes only']) {
    expect(told).toContain(words);
  }
});

test('an asynchronous handler is replayed once a fact, also when it was not from the start', async () => {
  const body = `async updateCachedState(fact) {
      if (fact.type !== 'earned') return;
      await Promise.resolve();
      const points = this.cachedStateManager.get('Points')?.points ?? 0;
      this.cachedStateManager.set('Points', { points: points + fact.data.points });
    }
    invariants() { return [{ name: 'all', check: () => 'always' }]; }`;
  expect((await replayed(body)).body).toMatchObject({
    facts: 4,
    broken: { count: 4 },
    states: [{ text: '{"points":6}' }],
  });
  const later = body
    .replace('async updateCachedState(fact) {', 'updateCachedState(fact) {')
    .replace('await Promise.resolve();', '')
    .replace(
      `'earned') return;`,
      `'earned' || fact.data.points === 1) return;
      return Promise.resolve().then(() => {`,
    )
    .replace(
      `fact.data.points });
    }`,
      `fact.data.points }); });
    }`,
    );
  expect((await replayed(later)).body).toMatchObject({
    facts: 4,
    broken: { count: 4 },
    states: [{ text: '{"points":5}' }],
  });
});

test('a hook that never ends is told of, and no other is run after it', async () => {
  const body = `${ADDING} hooks() { return [{ name: 'hangs', run: () => new Promise(() => {}) }]; }`;
  expect((await replayed(body)).body).toMatchObject({
    hooks_cut: true,
    threw: { count: 1, first: [{ seq: 1, where: 'hangs' }] },
    states: [{ text: '{"points":6}' }],
  });
});

test('state that is no JSON is a fault of its fact, and state that is large is told by its hash', async () => {
  const body = `updateCachedState(fact) {
      this.cachedStateManager.set('Large', 'x'.repeat(200_000));
      if (fact.type === 'earned') this.cachedStateManager.set('Odd', () => 1);
    }`;
  const { body: told } = await replayed(body);
  expect(told).toMatchObject({
    threw: { count: 3, first: [{ where: 'updateCachedState' }, {}, {}] },
    states: [{ name: 'Large', bytes: 200_002, hash: expect.stringMatching(/^[0-9a-f]{64}$/) }],
  });
  expect(JSON.stringify(told).length).toBeLessThan(10_000);
});

test('nothing leaves a preview: not by fetch, kept before or found again, nor by a socket', async () => {
  const before = `const kept = fetch;
    const found = () => Object.getPrototypeOf(Object.getPrototypeOf(globalThis)).fetch ?? kept;`;
  const ways = [
    'kept("https://example.com/")',
    'globalThis.fetch("https://example.com/")',
    'found().call(globalThis, "https://example.com/")',
    'new WebSocket("wss://example.com/")',
    'navigator.sendBeacon("https://example.com/", "x")',
    'process.getBuiltinModule("node:net")',
    '(Reflect.deleteProperty(globalThis, "fetch"), fetch("https://example.com/"))',
  ];
  const hooks = ways.map((way, at) => `{ name: 'way_${at}', run: async () => { await ${way}; } }`);
  const body = `${ADDING} hooks() { return [${hooks.join(', ')}]; }`;
  const { body: told } = await replayed(body, history(0), before);
  expect(told).toMatchObject({ threw: { count: ways.length } });
  const said = JSON.stringify(told);
  expect(said.split('Nothing leaves a preview').length - 1).toBe(ways.length);
});

test('code that does not start its ledger, or serves no such entity, says so', async () => {
  const broken = await preview(
    `constructor(ctx, env) { super(ctx, env); throw new Error('not today'); }`,
  );
  const answer = await broken(REPLAY);
  expect(answer.status).toBe(422);
  expect(JSON.stringify(answer.body)).toContain('not today');
  const ask = await preview(ADDING);
  expect((await ask('/copies/acct_1/replay')).status).toBe(404);
  expect((await ask('/v1/health')).status).toBe(404);
  // It has no facts: there is nothing to replay.
  expect((await ask('/copies/pts_2/replay')).status).toBe(422);
});

test('what one run left behind is no part of the next, and is gone when it is deleted', async () => {
  const ask = await preview(ADDING);
  await ask(FACTS, history(3));
  const artefact = previewArtefact(
    parts,
    MANIFEST,
    [
      {
        name: 'ledgers.js',
        content: `import { EntityLedger } from '@z0-app/sdk';
      export class PointsLedger extends EntityLedger { static idPrefix = 'pts'; }`,
      },
    ],
    [POINTS, SYSTEM],
    TENANT,
  );
  const target = targetOf(`run_${runs}`);
  expect(await uploadPreview(api, target, artefact, LIMITS)).toMatchObject({ ok: true });
  expect((await ask(REPLAY)).status).toBe(422);
  expect(await deletePreview(api, target)).toMatchObject({ ok: true });
  expect((await ask(REPLAY)).status).not.toBe(200);
  expect(await deletePreview(api, target)).toMatchObject({ ok: true });
});

test('a parent hears of its children in its own history, and what it appends is told', async () => {
  const body = `${ADDING}
    forwards(fact) { return fact.type === 'earned' && fact.data.points !== 2; }
    async onChildFact(childId, fact) {
      const { points } = this.cachedStateManager.get('Points');
      if (fact.data.points === 3) throw new Error('three');
      await this.appendFact({ type: 'heard', data: { childId, of: fact.data.points, points } });
    }`;
  const ask = await preview(body);
  const child = 'pts_child';
  const facts = history(4).map((one) => {
    // A little after the parent's own fact at the same place.
    const recorded_at = new Date(Date.parse(one.recorded_at) + 500).toISOString();
    return { ...one, entity_id: child, recorded_at };
  });
  expect((await ask(`/copies/${child}/facts?parent=${ID}`, facts)).status).toBe(200);
  expect((await ask(`/copies/${child}/facts?parent=${ID}`, facts)).status).toBe(200);
  await ask(FACTS, history(3));
  expect((await ask(REPLAY)).body).toMatchObject({
    facts: 4,
    appended: {
      count: 2,
      first: [
        { seq: 3, detail: JSON.stringify({ childId: child, of: 1, points: 1 }) },
        { seq: 4, detail: JSON.stringify({ childId: child, of: 4, points: 6 }) },
      ],
    },
    threw: { count: 1, first: [{ where: 'onChildFact', detail: 'Error: three' }] },
    states: [{ text: '{"points":6}' }],
  });
});

test('code that takes all memory or lies about itself ends or bends its own replay alone', async () => {
  const hungry = await preview(
    `updateCachedState() { const all = []; for (;;) all.push(new Array(1e6).fill(all.length)); }`,
  );
  expect((await hungry(FACTS, history(1))).status).toBe(200);
  expect((await hungry(REPLAY)).status).not.toBe(200);
  const lying = await preview(
    `${ADDING} constructor(ctx, env) {
      super(ctx, env);
      Response.json = () => new Response('{"facts":"all of them"}');
    }`,
  );
  await lying(FACTS, history(1));
  expect(await lying(REPLAY)).toEqual({ status: 200, body: { facts: 'all of them' } });
  const honest = await preview(ADDING);
  await honest(FACTS, history(3));
  expect((await honest(REPLAY)).body).toMatchObject({ facts: 4 });
});
