// What facts about versions add up to, however many and however large: the newest and what is bound to
// an activation stay, and the whole fits a cached value.
import type { Fact } from '@z0-app/sdk';
import { expect, it } from 'vitest';
import {
  evolveVersions,
  NO_VERSIONS,
  type TenantVersions,
} from '../../platform/src/versions/version-state.ts';
import { healthOf } from '../../platform/src/versions/version-view.ts';
import { keptClasses, livePrefixes } from '../../platform/src/versions/what-stays.ts';

/** As the SDK lets a cached value be. */
const MAX_STATE_BYTES = 1024 * 1024;

function factOf(seq: number, subtype: string, data: object): Fact {
  const timestamp = new Date(seq * 1_000).toISOString();
  // Only these fields are looked at.
  return { seq, entity_id: 'acme', type: 'version', subtype, timestamp, data } as unknown as Fact;
}

function uploaded(state: TenantVersions, seq: number, classes = 1): TenantVersions {
  const described = Array.from({ length: classes }, (_, at) => ({
    name: `${'A'.repeat(80)}${at}Ledger`,
    kind: 'entity',
    type: 'a'.repeat(90),
    prefix: `p${at}`,
    from: 'custom',
  }));
  const data = {
    version_id: `ver_${seq}`,
    content_hash: `hash${seq}`,
    author: 'operator',
    message: '€'.repeat(500),
    template_version: 'template1',
    sdk_version: '0.1.0',
    classes: described,
    has_fetch: false,
    delete_classes: [],
    size_bytes: 1,
    checks: [],
    request_key: null,
  };
  return evolveVersions(state, factOf(seq, 'uploaded', data));
}

function madeLive(state: TenantVersions, seq: number, version_id: string): TenantVersions {
  const asked = evolveVersions(state, factOf(seq, 'activation_requested', { version_id }));
  return evolveVersions(asked, factOf(seq + 1, 'activated', { run: 'any' }));
}

it('keeps the latest two hundred versions and the live one, however old', () => {
  let state = madeLive(uploaded(uploaded(NO_VERSIONS, 1), 2), 3, 'ver_1');
  for (let seq = 10; seq < 250; seq += 1) state = uploaded(state, seq);
  const ids = state.versions.map(({ id }) => id);
  expect(ids.length).toBeLessThanOrEqual(201);
  expect(ids.length).toBeGreaterThan(150);
  expect([ids[0], ids.at(-1)]).toEqual(['ver_1', 'ver_249']);
  expect(ids).not.toContain('ver_2');
});

it('keeps a version that is being made live', () => {
  let state = uploaded(NO_VERSIONS, 1);
  state = evolveVersions(state, factOf(2, 'activation_requested', { version_id: 'ver_1' }));
  for (let seq = 10; seq < 250; seq += 1) state = uploaded(state, seq);
  expect(evolveVersions(state, factOf(999, 'activated', { run: 'any' })).active).toBe('ver_1');
});

it('fits a cached value, even of versions with very many classes', () => {
  let state = NO_VERSIONS;
  for (let seq = 1; seq <= 60; seq += 1) state = uploaded(state, seq, 200);
  expect(state.versions.at(-1)?.id).toBe('ver_60');
  expect(new TextEncoder().encode(JSON.stringify(state)).byteLength).toBeLessThan(MAX_STATE_BYTES);
});

it('fails nothing when a moment comes that belongs to no activation', () => {
  const state = uploaded(NO_VERSIONS, 1);
  for (const subtype of ['activated', 'activation_failed', 'unknown']) {
    expect(evolveVersions(state, factOf(2, subtype, {}))).toEqual(state);
  }
});

function brought(name: string, prefix: string, seq: number, deletes: string[] = []) {
  return factOf(seq, 'uploaded', {
    version_id: `ver_${seq}`,
    content_hash: `hash${seq}`,
    author: 'operator',
    message: null,
    template_version: 'template1',
    sdk_version: '0.1.0',
    classes: [{ name, kind: 'entity', type: prefix, prefix, from: 'custom' }],
    has_fetch: false,
    delete_classes: deletes,
    size_bytes: 1,
    checks: [],
    request_key: null,
  });
}

it('knows the id prefixes that entities may have, and no others', () => {
  let state = evolveVersions(NO_VERSIONS, brought('PointsLedger', 'pts', 1));
  expect(livePrefixes(state)).toEqual([]);
  state = madeLive(state, 2, 'ver_1');
  expect(livePrefixes(state)).toMatchObject([{ name: 'PointsLedger', prefix: 'pts' }]);
  state = evolveVersions(state, brought('BadgeLedger', 'bdg', 5, ['PointsLedger']));
  expect(livePrefixes(state)).toHaveLength(1);
  state = madeLive(state, 6, 'ver_5');
  expect(livePrefixes(state)).toMatchObject([{ name: 'BadgeLedger', prefix: 'bdg' }]);
  expect(keptClasses(state, null, [])).toEqual(['BadgeLedger']);
  expect(keptClasses(state, null, ['BadgeLedger'])).toEqual([]);
});

it('reads activations from before they were watched', () => {
  const state = madeLive(uploaded(NO_VERSIONS, 1), 2, 'ver_1');
  expect(state.activations.at(-1)).not.toHaveProperty('health');
  expect(healthOf(state, 'ver_1')).toBeUndefined();
});
