// Every fact against every status a tenant can have: what it leads to, or that it is refused. Pure.
import type { Fact, FactInput } from '@z0-app/sdk';
import { describe, expect, it } from 'vitest';
import { refusalOf, tenantFacts } from '../../platform/src/tenants/tenant-facts.ts';
import {
  evolve,
  liveKeys,
  type TenantState,
  type TenantStatus,
} from '../../platform/src/tenants/tenant-state.ts';

const RUN = 'provision_acme_1';
const requested = tenantFacts.requested({ name: 'Acme', plan: 'free' });
const activated = tenantFacts.activated(RUN);
const deletion = tenantFacts.deletionRequested();

/** The facts that bring a tenant to each status. */
const PATHS: Record<TenantStatus, FactInput[]> = {
  provisioning: [requested],
  active: [requested, activated],
  suspended: [requested, activated, tenantFacts.suspended()],
  failed: [requested, tenantFacts.failed(RUN, 'upload: refused')],
  deleting: [requested, activated, deletion],
  deleted: [requested, activated, deletion, tenantFacts.deleted('deprovision_acme_2')],
};

function fold(inputs: readonly FactInput[]): TenantState | undefined {
  let state: TenantState | undefined;
  for (const [index, input] of inputs.entries()) {
    expect(refusalOf(state, { ...input, data: input.data ?? {} })).toBeUndefined();
    state = evolve(state, stored(input, index + 1));
  }
  return state;
}

function stored(input: FactInput, seq: number): Fact {
  const timestamp = new Date(seq * 1_000).toISOString();
  return {
    id: `fct_${seq}`,
    seq,
    tenant_id: 'acme',
    entity_id: 'acme',
    recorded_at: timestamp,
    timestamp,
    schema_version: 1,
    hash: '',
    prev_hash: '',
    ...input,
    data: input.data ?? {},
  };
}

const key = (id: string) => tenantFacts.keyCreated({ key_id: id, secret_hash: 'h' });

/** Which statuses allow a fact; every other one refuses it. */
const ALLOWED: [fact: FactInput, from: (TenantStatus | undefined)[]][] = [
  [requested, [undefined, 'failed']],
  [tenantFacts.suspended(), ['active']],
  [tenantFacts.resumed(), ['suspended']],
  [deletion, ['active', 'suspended', 'failed']],
  [activated, ['provisioning']],
  [tenantFacts.failed(RUN, 'x'), ['provisioning']],
  [tenantFacts.deleted('deprovision_acme_2'), ['deleting']],
  [tenantFacts.step(RUN, 'upload', 'started'), ['provisioning']],
  [tenantFacts.step('deprovision_acme_2', 'script', 'started'), ['deleting']],
  [tenantFacts.runRestarted(RUN, 'gone'), ['provisioning']],
  [key('key_1'), ['provisioning', 'active', 'suspended', 'failed']],
  [tenantFacts.keyRevoked('key_none'), []],
];

describe.each(ALLOWED)('%o', (fact, from) => {
  it.each([undefined, ...Object.keys(PATHS)] as (TenantStatus | undefined)[])(
    'is allowed or refused as the table says when the tenant is %s',
    (status) => {
      const state = status === undefined ? undefined : fold(PATHS[status]);
      expect(state?.status).toBe(status);
      const refusal = refusalOf(state, { ...fact, data: fact.data ?? {} });
      expect(refusal === undefined).toBe(from.includes(status));
    },
  );
});

describe('the fold', () => {
  it('gives a retried tenant a new run and keeps what it was', () => {
    const state = fold([...PATHS.failed, tenantFacts.requested({ name: 'Acme 2', plan: 'scale' })]);
    expect(state).toMatchObject({
      name: 'Acme 2',
      plan: 'scale',
      runs: 2,
      created_at: new Date(1_000).toISOString(),
      provisioning: { id: 'provision_acme_2', status: 'queued', error: null },
    });
  });

  it('revokes what is left of the keys with the tenant', () => {
    const state = fold([requested, key('key_1'), key('key_2'), activated, deletion]);
    expect(state && liveKeys(state)).toHaveLength(2);
    const gone = state && evolve(state, stored(tenantFacts.deleted('deprovision_acme_2'), 9));
    expect(gone && liveKeys(gone)).toEqual([]);
  });

  it('passes over facts it does not know', () => {
    const state = fold(PATHS.active);
    const after = evolve(state, stored({ type: 'system', subtype: 'hook_error' }, 7));
    expect(after).toEqual({ ...state, seq: 7 });
  });
});
