// Previews as the platform keeps and judges them: what may become live unasked, what has to be accepted,
// and that the acceptance is a fact. Replays themselves run in test/e2e and test/provisioning.
import { introspectWorkflowInstance } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import {
  evolvePreviews,
  fittingPreview,
  NO_PREVIEWS,
  type PreviewFinding,
} from '../../platform/src/preview/preview-state.ts';
import { ledgerOf } from '../../platform/src/tenants/ledger-of.ts';
import { addVersion } from './versions-world.ts';
import { activeTenant, call, freshId, jsonOf, problemOf } from './world.ts';

const DONE = 'answered for the test';
const AT = '2026-03-01T10:00:00.000Z';

const SUMMARY = {
  entities: 3,
  facts: 30,
  differing: 2,
  broken: 1,
  threw: 0,
  not_replayed: 0,
  left_out: 0,
  facts_left_out: 0,
  replay_ms: 4,
  replay_ms_now: 3,
};

const finding = (version_id: string, changes: Partial<PreviewFinding> = {}): PreviewFinding => ({
  id: freshId('pre'),
  version_id,
  against: 'template',
  sample: 'all',
  differs: true,
  summary: SUMMARY,
  unread: null,
  ...changes,
});

const pathOf = (tenant: string, version: string): string =>
  `/v1/tenants/${tenant}/versions/${version}`;

interface ViewBody {
  id: string;
  status: string;
  differs: boolean | null;
  summary: Record<string, number>;
  entities: unknown[];
}

/** The tenant's nth activation, with the steps that need Cloudflare answered for. */
async function answered(tenant: string, count: number) {
  const run = await introspectWorkflowInstance(
    env.ACTIVATE_VERSION,
    `activation_${tenant}_${count}_1`,
  );
  await run.modify(async (steps) => {
    for (const name of ['upload', 'undo upload', 'delete', 'smoke']) {
      await steps.mockStepResult({ name }, DONE);
    }
  });
  return run;
}

async function activate(tenant: string, version: string, count: number, body: object = {}) {
  await using _ = await answered(tenant, count);
  // Awaited here: what is answered for the test is so until the end of this.
  return await call('POST', `${pathOf(tenant, version)}/activate`, { body });
}

async function factsOf(tenant: string): Promise<[string, Record<string, unknown>][]> {
  const facts = await ledgerOf(env, tenant).listFacts({ limit: 100, order: 'asc' });
  const data = facts.ok ? facts.value.data : [];
  return data.map(({ type, subtype, data: said }) => [`${type}/${subtype ?? ''}`, said]);
}

describe('a version without history to change', () => {
  it('is previewed without a run, becomes live, and says that nothing differs', async () => {
    const tenant = await activeTenant(freshId('empty'));
    const { id } = await addVersion(tenant);
    expect((await problemOf(await call('GET', `${pathOf(tenant, id)}/preview`))).status).toBe(404);
    const response = await call('POST', `${pathOf(tenant, id)}/preview`);
    expect(response.status).toBe(200);
    const view = await jsonOf<ViewBody>(response);
    expect(view).toMatchObject({ status: 'finished', differs: false, summary: { entities: 0 } });
    const shown = await call('GET', `${pathOf(tenant, id)}/preview`);
    expect(await jsonOf<ViewBody>(shown)).toEqual(view);
    expect((await activate(tenant, id, 1)).status).toBe(200);
    // One that found no entity speaks for nothing: the activation looked again.
    const kinds = (await factsOf(tenant)).map(([kind]) => kind);
    expect(kinds.filter((kind) => kind.startsWith('preview/'))).toEqual([
      'preview/finished',
      'preview/finished',
    ]);
    expect(kinds).not.toContain('version/differences_accepted');
  });

  it('is previewed by the activation, when nobody asked before', async () => {
    const tenant = await activeTenant(freshId('empty'));
    const { id } = await addVersion(tenant);
    expect((await activate(tenant, id, 1)).status).toBe(200);
    const view = await jsonOf<ViewBody>(await call('GET', `${pathOf(tenant, id)}/preview`));
    expect(view).toMatchObject({ id: `preview_activation_${tenant}_1_1`, differs: false });
  });
});

describe('a version that differs', () => {
  it('does not become live, and nothing of it is uploaded', async () => {
    const tenant = await activeTenant(freshId('empty'));
    const { id } = await addVersion(tenant);
    await ledgerOf(env, tenant).recordPreview(finding(id));
    const problem = await jsonOf<{ code: string; status: number; detail: string }>(
      await activate(tenant, id, 1),
    );
    expect([problem.status, problem.code]).toEqual([409, 'preview_differs']);
    expect(problem.detail).toMatch(/^2 of 3 entities would differ\. Read GET /);
    const facts = await factsOf(tenant);
    const steps = facts.filter(([kind]) => kind.startsWith('activation/'));
    expect(steps.map(([kind, { step }]) => [kind, step])).toEqual([
      ['activation/started', 'preview'],
      ['activation/failed', 'preview'],
    ]);
    expect(facts.at(-1)).toEqual([
      'version/activation_failed',
      expect.objectContaining({ code: 'preview_differs', restored: true }),
    ]);
  });

  it('becomes live once that is accepted by its name, which is a fact', async () => {
    const tenant = await activeTenant(freshId('empty'));
    const [{ id }, other] = [await addVersion(tenant), await addVersion(tenant)];
    const report = finding(id);
    await ledgerOf(env, tenant).recordPreview(report);
    const wrong = await call('POST', `${pathOf(tenant, id)}/activate`, {
      body: { accept_differences: other.id },
    });
    expect(await problemOf(wrong)).toMatchObject({
      status: 400,
      pointers: ['/accept_differences'],
    });
    const accepted = await activate(tenant, id, 1, { accept_differences: id });
    expect(accepted.status).toBe(200);
    const facts = await factsOf(tenant);
    expect(facts).toContainEqual([
      'version/differences_accepted',
      {
        run: `activation_${tenant}_1_1`,
        version_id: id,
        preview_id: report.id,
        accepted_by: 'operator',
      },
    ]);
  });

  it('that was live before becomes live again unasked', async () => {
    const tenant = await activeTenant(freshId('empty'));
    const [first, second] = [await addVersion(tenant), await addVersion(tenant)];
    expect((await activate(tenant, first.id, 1)).status).toBe(200);
    expect((await activate(tenant, second.id, 2)).status).toBe(200);
    await ledgerOf(env, tenant).recordPreview(finding(first.id, { against: second.id }));
    expect((await activate(tenant, first.id, 3)).status).toBe(200);
  });

  it('is held back when the history cannot be read, and says why', async () => {
    // Nobody answers for the list of this tenant's entities.
    const tenant = await activeTenant(freshId('older'));
    const { id } = await addVersion(tenant);
    const problem = await jsonOf<{ code: string; detail: string }>(await activate(tenant, id, 1));
    expect(problem.code).toBe('preview_differs');
    expect(problem.detail).toContain('the history could not be read');
    expect(problem.detail).toContain('405');
    expect((await activate(tenant, id, 2, { accept_differences: id })).status).toBe(200);
  });
});

describe('asking for a preview', () => {
  it('of what does not exist, or of a suspended tenant, is refused', async () => {
    const [tenant, theirs] = [await activeTenant(), await activeTenant()];
    const { id } = await addVersion(theirs);
    for (const version of [id, `ver_${'0'.repeat(26)}`]) {
      for (const method of ['GET', 'POST']) {
        const answer = await problemOf(await call(method, `${pathOf(tenant, version)}/preview`));
        expect(answer).toMatchObject({ status: 404, code: 'not_found' });
      }
    }
    await call('POST', `/v1/tenants/${theirs}/suspend`);
    const answer = await problemOf(await call('POST', `${pathOf(theirs, id)}/preview`));
    expect(answer).toMatchObject({ status: 409, code: 'conflict' });
    expect((await call('POST', `${pathOf(theirs, id)}/preview`, { token: null })).status).toBe(401);
  });

  it.each([
    { sample: 'some' },
    { sample: { newest: 0 } },
    { sample: { entities: [] } },
    { sample: { entities: ['pts_1'], newest: 1 } },
    { samples: 'all' },
  ])('in a form that is none is refused: %j', async (body) => {
    const tenant = await activeTenant(freshId('empty'));
    const { id } = await addVersion(tenant);
    const response = await call('POST', `${pathOf(tenant, id)}/preview`, { body });
    expect((await problemOf(response)).code).toBe('invalid_request');
  });

  it('twice is one run, of another version it has to wait, and one that fails says so', async () => {
    const tenant = await activeTenant();
    const [one, two] = [await addVersion(tenant), await addVersion(tenant)];
    await using run = await introspectWorkflowInstance(env.PREVIEW_VERSION, `preview_${tenant}_1`);
    await run.modify(async (steps) => {
      await steps.disableRetryDelays();
      await steps.mockStepError({ name: 'replay' }, new TypeError('no runtime here'));
    });
    const ledger = ledgerOf(env, tenant);
    const context = { tenantId: tenant, principal: 'operator', route: 'test' };
    const request = { version_id: one.id, sample: { entities: ['acct_1'] } };
    const asked = await Promise.all([
      ledger.requestPreview(request, context),
      ledger.requestPreview({ ...request, version_id: two.id }, context),
    ]);
    expect(asked.map((outcome) => outcome.ok || outcome.error.code)).toEqual([true, 'conflict']);
    expect(await ledger.requestPreview(request, context)).toEqual(asked[0]);
    await run.waitForStatus('complete');
    const shown = await call('GET', `${pathOf(tenant, one.id)}/preview`);
    expect(await jsonOf(shown)).toMatchObject({ status: 'failed', differs: null });
  });
});

function factOf(seq: number, subtype: string, data: object, at = AT) {
  return {
    id: `fct_${seq}`,
    seq,
    type: 'preview',
    subtype,
    tenant_id: 'acme',
    entity_id: 'acme',
    timestamp: at,
    recorded_at: at,
    schema_version: 1,
    // What a ledger gives back is plain JSON.
    data: JSON.parse(JSON.stringify(data)),
    hash: '',
    prev_hash: '',
  };
}

describe('a finding speaks for a version', () => {
  const NOTHING = { ...SUMMARY, entities: 0, differing: 0 };
  const wanted = { version_id: 'ver_1', against: 'ver_0', nowMs: Date.parse(AT) };
  const after = (changes: Partial<PreviewFinding>, at = AT) =>
    evolvePreviews(
      NO_PREVIEWS,
      factOf(1, 'finished', finding('ver_1', { against: 'ver_0', ...changes }), at),
    );

  it.each<[string, Partial<PreviewFinding>, string, boolean]>([
    ['of all entities against what is live', { differs: false }, AT, true],
    ['of all entities, none of them known', { differs: false, summary: NOTHING }, AT, false],
    ['of another version', { version_id: 'ver_2' }, AT, false],
    ['against what was live before', { against: 'ver_00' }, AT, false],
    ['of some entities', { differs: false, sample: { newest: 1 } }, AT, false],
    ['of some entities that differ', { sample: { newest: 1 } }, AT, true],
    ['of named entities', { differs: false, sample: { entities: ['pts_1'] } }, AT, false],
    ['of named entities that differ', { sample: { entities: ['pts_1'] } }, AT, true],
    ['of an hour ago', {}, '2026-03-01T08:59:59.000Z', false],
  ])('%s', (_, changes, at, fits) => {
    expect(fittingPreview(after(changes, at), wanted) !== undefined).toBe(fits);
  });

  it('that differs, and one after it that does not takes nothing back', () => {
    const differing = finding('ver_1', { against: 'ver_0', sample: { newest: 1 } });
    const same = finding('ver_1', { against: 'ver_0', differs: false });
    const state = [differing, same].reduce(
      (before, one, seq) => evolvePreviews(before, factOf(seq + 1, 'finished', one, AT)),
      NO_PREVIEWS,
    );
    expect(fittingPreview(state, wanted)?.id).toBe(differing.id);
  });

  it('and the latest are kept, with their numbers going on', () => {
    let state = NO_PREVIEWS;
    for (let seq = 1; seq <= 50; seq += 1) {
      const data = { id: `preview_${seq}`, version_id: 'ver_1', sample: 'all' };
      state = evolvePreviews(state, factOf(seq, 'requested', data));
    }
    expect([state.previews.length, state.count]).toEqual([30, 50]);
    const failed = evolvePreviews(
      state,
      factOf(51, 'failed', { id: 'preview_50', error: 'it did not' }),
    );
    expect(failed.previews.at(-1)).toMatchObject({ status: 'failed', error: 'it did not' });
  });
});
