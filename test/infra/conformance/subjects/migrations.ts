// Durable Object classes of a script: migrations, their tags and refusals, and the newer `exports`.
import { expect } from 'vitest';
import { expectation, type Subject } from '../expectations.ts';
import type { ConformanceTarget } from '../target.ts';
import { expectRefused, fieldsOf, resultOf } from '../wire.ts';

/** Exports the named classes, each of which counts, and answers `/add` from the first one bound. */
const codeOf = (...classes: string[]): string => `
import { DurableObject } from 'cloudflare:workers';
class Counter extends DurableObject {
  async add() {
    const value = ((await this.ctx.storage.get('value')) ?? 0) + 1;
    await this.ctx.storage.put('value', value);
    return value;
  }
}
${classes.map((name) => `export class ${name} extends Counter {}`).join('\n')}
export default {
  async fetch(request, env) {
    return Response.json(await env.COUNTER.get(env.COUNTER.idFromName('one')).add());
  },
};`;

const bound = (className: string): Record<string, unknown>[] => [
  { type: 'durable_object_namespace', name: 'COUNTER', class_name: className },
];

interface Given {
  readonly classes: string[];
  readonly metadata: Record<string, unknown>;
}

const put = (target: ConformanceTarget, script: string, { classes, metadata }: Given) =>
  target.upload(script, { code: codeOf(...classes), metadata });

/** A script that has the class `A` by the migration `v1`. */
async function deployed(target: ConformanceTarget): Promise<string> {
  const script = target.fresh('classes');
  const migrations = { new_tag: 'v1', new_sqlite_classes: ['A'] };
  const metadata = { bindings: bound('A'), migrations };
  resultOf(await put(target, script, { classes: ['A'], metadata }));
  return script;
}

async function tagOf(target: ConformanceTarget, script: string): Promise<unknown> {
  const shown = fieldsOf(resultOf(await target.call('GET', target.scriptPath(script))));
  return fieldsOf(shown.script).migration_tag;
}

const count = (target: ConformanceTarget, script: string): Promise<number> =>
  target.settled('the count', async () => {
    const response = await target.dispatch(script);
    return response.ok && Number(await response.text());
  });

const steps = (...list: Record<string, unknown>[]): Record<string, unknown> => ({
  old_tag: 'v1',
  new_tag: 'v2',
  steps: list,
});

export const migrations: Subject = {
  title: 'migrations',
  expectations: [
    expectation('a new class works, and the script shows the tag', 'doc', async (target) => {
      const script = await deployed(target);
      expect(await tagOf(target, script)).toBe('v1');
      expect(await count(target, script)).toBe(1);
    }),
    expectation('an upload without migrations keeps class, data and tag', 'ran', async (target) => {
      const script = await deployed(target);
      await count(target, script);
      resultOf(await put(target, script, { classes: ['A'], metadata: { bindings: bound('A') } }));
      expect(await tagOf(target, script)).toBe('v1');
      expect(await count(target, script)).toBe(2);
    }),
    expectation('the tag of a script without classes is not there', 'ran', async (target) => {
      const script = target.fresh('classless');
      resultOf(await target.upload(script, { code: 'export default {}' }));
      expect((await tagOf(target, script)) ?? null).toBeNull();
    }),
    expectation('the next step is applied from the deployed tag', 'ran', async (target) => {
      const script = await deployed(target);
      const metadata = { bindings: bound('A'), migrations: steps({ new_sqlite_classes: ['B'] }) };
      resultOf(await put(target, script, { classes: ['A', 'B'], metadata }));
      expect(await tagOf(target, script)).toBe('v2');
    }),
    expectation('a renamed class keeps its data', 'doc', async (target) => {
      const script = await deployed(target);
      await count(target, script);
      const renamed = { renamed_classes: [{ from: 'A', to: 'B' }] };
      const metadata = { bindings: bound('B'), migrations: steps(renamed) };
      resultOf(await put(target, script, { classes: ['B'], metadata }));
      expect(await count(target, script)).toBe(2);
    }),
    expectation('a deleted class loses its data', 'doc', async (target) => {
      const script = await deployed(target);
      await count(target, script);
      const deleted = { classes: [], metadata: { migrations: steps({ deleted_classes: ['A'] }) } };
      resultOf(await put(target, script, deleted));
      const migrations = { old_tag: 'v2', new_tag: 'v3', new_sqlite_classes: ['A'] };
      const metadata = { bindings: bound('A'), migrations };
      resultOf(await put(target, script, { classes: ['A'], metadata }));
      expect(await count(target, script)).toBe(1);
    }),
    expectation(
      'a wrong old tag is refused: 412 with 10079, naming both',
      'issue',
      async (target) => {
        const script = await deployed(target);
        const metadata = {
          bindings: bound('A'),
          migrations: { old_tag: 'v7', new_tag: 'v8', new_sqlite_classes: ['B'] },
        };
        const answer = await put(target, script, { classes: ['A', 'B'], metadata });
        expectRefused(answer, [412, 10079], /migration tag precondition failed.*'v7'.*'v1'/);
        expect(await tagOf(target, script)).toBe('v1');
      },
    ),
    expectation('no old tag where one is deployed is refused: 10079', 'issue', async (target) => {
      const script = await deployed(target);
      const migrations = { new_tag: 'v1', new_sqlite_classes: ['A'] };
      const metadata = { bindings: bound('A'), migrations };
      const answer = await put(target, script, { classes: ['A'], metadata });
      expectRefused(
        answer,
        [412, 10079],
        /precondition failed, got tag '' when expected tag is 'v1'/,
      );
    }),
    expectation('a class that exists cannot be new again: 10074', 'issue', async (target) => {
      const script = await deployed(target);
      const migrations = steps({ new_sqlite_classes: ['A'] });
      const metadata = { bindings: bound('A'), migrations };
      const answer = await put(target, script, { classes: ['A'], metadata });
      expectRefused(answer, [400, 10074], /migration to class 'A' that is already depended on/);
    }),
    expectation('a class that is not there cannot be deleted: 10074', 'issue', async (target) => {
      const script = await deployed(target);
      const migrations = steps({ deleted_classes: ['Absent'] });
      const metadata = { bindings: bound('A'), migrations };
      const answer = await put(target, script, { classes: ['A'], metadata });
      expectRefused(
        answer,
        [400, 10074],
        /'Absent' which was not exported in the previous version/,
      );
    }),
    expectation(
      'a class that is not there cannot be renamed: 10074',
      'unverified',
      async (target) => {
        const script = await deployed(target);
        const migrations = steps({ renamed_classes: [{ from: 'Absent', to: 'B' }] });
        const metadata = { bindings: bound('A'), migrations };
        const answer = await put(target, script, { classes: ['A', 'B'], metadata });
        expectRefused(answer, [400, 10074], /'Absent'/);
      },
    ),
    expectation('a deleted class cannot stay bound: 10061', 'issue', async (target) => {
      const script = await deployed(target);
      const metadata = { bindings: bound('A'), migrations: steps({ deleted_classes: ['A'] }) };
      const answer = await put(target, script, { classes: ['A'], metadata });
      expectRefused(answer, [400, 10061]);
    }),
    expectation('a new class that the code does not export: 10070', 'issue', async (target) => {
      const migrations = { new_tag: 'v1', new_sqlite_classes: ['A'] };
      const script = target.fresh('classless');
      const answer = await put(target, script, { classes: [], metadata: { migrations } });
      expectRefused(answer, [400, 10070], /'A' that is not exported by script/);
    }),
    expectation(
      'a class with objects that the code exports no more: 10064',
      'issue',
      async (target) => {
        const script = await deployed(target);
        const answer = await put(target, script, { classes: [], metadata: {} });
        expectRefused(answer, [400, 10064], /^New version of script does not export class 'A'/);
      },
    ),
    expectation(
      'exports make a class without a migration, and again change nothing',
      'doc',
      async (target) => {
        const script = target.fresh('declared');
        const exports = { A: { type: 'durable-object', storage: 'sqlite' } };
        const metadata = { bindings: bound('A'), exports };
        resultOf(await put(target, script, { classes: ['A'], metadata }));
        expect(await count(target, script)).toBe(1);
        resultOf(await put(target, script, { classes: ['A'], metadata }));
        expect(await count(target, script)).toBe(2);
      },
    ),
    expectation('exports rename a class, which keeps its data', 'doc', async (target) => {
      const script = target.fresh('declared');
      const sqlite = { type: 'durable-object', storage: 'sqlite' };
      const first = { bindings: bound('A'), exports: { A: sqlite } };
      resultOf(await put(target, script, { classes: ['A'], metadata: first }));
      await count(target, script);
      const renamed = { type: 'durable-object', state: 'renamed', renamed_to: 'B' };
      const next = { bindings: bound('B'), exports: { A: renamed, B: sqlite } };
      resultOf(await put(target, script, { classes: ['B'], metadata: next }));
      expect(await count(target, script)).toBe(2);
    }),
  ],
};
