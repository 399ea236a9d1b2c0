// What two versions differ in: exact where it is told, and bounded in time and size whatever a tenant sent.

import { env } from 'cloudflare:workers';
import { applyPatch } from 'diff';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DiffSide, diffVersions } from '../../platform/src/versions/version-diff.ts';
import { storeVersion } from '../../platform/src/versions/version-store.ts';
import { addVersion } from './versions-world.ts';
import { activeTenant, call, jsonOf, problemOf } from './world.ts';

function sideOf(label: string, modules: Record<string, string>, manifest: object = {}): DiffSide {
  return {
    label,
    // Plain JSON as tests write it.
    manifest: manifest as DiffSide['manifest'],
    classes: [],
    modules: Object.entries(modules).map(([name, content]) => ({ name, content })),
  };
}

const lines = fc.array(fc.constantFrom('a', 'b', '', '  c', '-x', '+y', '@@', '\\ No'), {
  maxLength: 40,
});

describe('modules', () => {
  it('any change, applied to the one side, is the other', () => {
    fc.assert(
      fc.property(lines, lines, fc.boolean(), (was, is, ends) => {
        const [before, after] = [was.join('\n') + (ends ? '\n' : ''), is.join('\n')];
        const [one] = diffVersions(
          sideOf('a', { 'm.js': before }),
          sideOf('b', { 'm.js': after }),
        ).modules;
        expect(one === undefined).toBe(before === after);
        if (one === undefined) return;
        expect(applyPatch(before, one.patch ?? '')).toBe(after);
      }),
    );
  });

  it('that are new or gone are told so, and those that stay are not told', () => {
    const { modules } = diffVersions(
      sideOf('a', { 'gone.js': 'x\n', 'same.js': 's' }),
      sideOf('b', { 'new.js': 'y\n', 'same.js': 's' }),
    );
    expect(modules.map(({ name, change }) => [name, change])).toEqual([
      ['gone.js', 'removed'],
      ['new.js', 'added'],
    ]);
    expect(modules[1]?.patch).toContain('--- a/new.js\n+++ b/new.js\n@@ -0,0 +1,1 @@\n+y');
  });

  it('leave source maps out', () => {
    const map = (text: string) => `//# sourceMappingURL=data:application/json;base64,${text}\n`;
    const [one] = diffVersions(
      sideOf('a', { 'm.js': `a\n${map('x'.repeat(500_000))}` }),
      sideOf('b', { 'm.js': `b\n${map('y'.repeat(500_000))}` }),
    ).modules;
    expect(one?.patch).toContain('-a\n+b');
    expect(one?.patch).not.toContain('sourceMapping');
  });

  it('made to take for ever are given up, and say so', () => {
    const many = (word: string) =>
      Array.from({ length: 60_000 }, (_, at) => `${word}${at % 7}`).join('\n');
    const [one] = diffVersions(
      sideOf('a', { 'm.js': many('a') }),
      sideOf('b', { 'm.js': many('b') }),
    ).modules;
    expect(one).toEqual({ name: 'm.js', change: 'changed', patch: null, gave_up: 'too_different' });
    const side = (word: string) =>
      sideOf(
        word,
        Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`${at}.js`, many(word)])),
      );
    const all = diffVersions(side('a'), side('b')).modules;
    expect(new Set(all.map(({ gave_up }) => gave_up))).toEqual(new Set(['too_different']));
  });

  it('too large for an answer are not told, one by one and all together', () => {
    const long = 'x'.repeat(900_000);
    const [one] = diffVersions(sideOf('a', {}), sideOf('b', { 'm.js': long })).modules;
    expect(one).toMatchObject({ patch: null, gave_up: 'too_large' });
    const both = diffVersions(sideOf('a', { 'm.js': long }), sideOf('b', { 'm.js': `${long}y` }));
    expect(both.modules[0]).toMatchObject({ patch: null, gave_up: 'too_large' });
    const twenty = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [`m${at}.js`, 'x'.repeat(150_000)]),
    );
    const all = diffVersions(sideOf('a', {}), sideOf('b', twenty)).modules;
    expect(all).toHaveLength(20);
    expect(JSON.stringify(all).length).toBeLessThan(1_000_000);
    expect(all.at(-1)).toMatchObject({ patch: null, gave_up: 'too_large' });
  });
});

it('the manifest is compared leaf by leaf, whatever its names are', () => {
  const { manifest } = diffVersions(
    sideOf('a', {}, { main_module: 'a.js', vars: { COLOR: 'red', SAME: 'x' } }),
    sideOf(
      'b',
      {},
      { main_module: 'a.js', vars: { COLOR: 'blue', SAME: 'x', 'a/b': '1' }, secrets: ['K'] },
    ),
  );
  expect(manifest).toEqual([
    { pointer: '/secrets', before: null, after: '["K"]' },
    { pointer: '/vars/COLOR', before: '"red"', after: '"blue"' },
    { pointer: '/vars/a~1b', before: null, after: '"1"' },
  ]);
});

describe('GET …/versions/{from}/diff/{to}', () => {
  async function stored(tenant: string, content: string) {
    const version = await addVersion(tenant);
    const modules = [{ name: 'a.js', content }];
    const code = { manifest: { main_module: 'a.js' }, modules };
    await storeVersion(env.ARTEFACTS, tenant, version.content_hash, code);
    return version.id;
  }

  it('compares versions, the template alone, and what is live', async () => {
    const tenant = await activeTenant();
    const [one, two] = [
      await stored(tenant, 'export {};\n'),
      await stored(tenant, 'export { };\n'),
    ];
    const path = `/v1/tenants/${tenant}/versions`;
    const between = await jsonOf(await call('GET', `${path}/${one}/diff/${two}`));
    expect(between).toMatchObject({
      object: 'worker_version_diff',
      from: one,
      to: two,
      manifest: [],
      classes: { added: [], removed: [], changed: [] },
      modules: [{ name: 'a.js', change: 'changed', gave_up: null }],
    });
    const fromNothing = await jsonOf(await call('GET', `${path}/live/diff/${one}`));
    expect(fromNothing).toEqual(await jsonOf(await call('GET', `${path}/template/diff/${one}`)));
    expect(fromNothing).toMatchObject({
      from: null,
      classes: { added: [{ name: 'PointsLedger', type: 'points', prefix: 'pts' }] },
      modules: [{ change: 'added' }],
    });
  });

  it('tells nothing of another tenant’s versions', async () => {
    const [mine, theirs] = [await activeTenant(), await activeTenant()];
    const id = await stored(theirs, 'export {};');
    const answers = await Promise.all(
      [id, `ver_${'0'.repeat(26)}`].map(async (one) =>
        problemOf(await call('GET', `/v1/tenants/${mine}/versions/template/diff/${one}`)),
      ),
    );
    expect(answers[0]).toMatchObject({ status: 404, code: 'not_found' });
    expect(answers[0]).toEqual(answers[1]);
    const wrong = await call('GET', `/v1/tenants/${mine}/versions/any/diff/live`);
    expect((await problemOf(wrong)).code).toBe('not_found');
  });
});
