// What an upload takes over from the version before it, by account Workers and user Workers alike:
// `inherit` bindings, strict or not, under a new name, and the types of `keep_bindings`.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalInWords } from './sdk-answers.ts';
import { openProject, scriptsPath, type TestCloud, upload } from './test-cloud.ts';
import { dispatcher } from './workers.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await openProject((project) => upload(project, '', 'router', dispatcher()));
});
afterAll(() => cloud.close());

const TELLS = 'export default { fetch: (_, env) => Response.json({ ...env }) };';
const BEFORE = [
  { type: 'plain_text', name: 'TEXT', text: 't' },
  { type: 'json', name: 'JSON', json: { a: 1 } },
  { type: 'secret_text', name: 'SECRET', text: 's' },
];

describe.each([
  ['a user Worker', 'customers'],
  ['an account Worker', ''],
])('%s', (_what, namespace) => {
  const name = namespace === '' ? 'heir-account' : 'heir';

  const put = (metadata: Record<string, unknown>, query = ''): Promise<unknown> => {
    const body = new FormData();
    const document = { main_module: 'index.js', compatibility_date: '2026-10-01', ...metadata };
    body.set('metadata', JSON.stringify(document));
    const type = 'application/javascript+module';
    body.set('index.js', new File([TELLS], 'index.js', { type }));
    return cloud.client.put(`${scriptsPath(cloud, namespace)}/${name}${query}`, { body });
  };

  const told = async (): Promise<unknown> => {
    await cloud.cloud.ready();
    const url = cloud.cloud.workerUrl(namespace === '' ? name : 'router');
    return (await fetch(url, { headers: { 'x-script': name } })).json();
  };

  const again = (names: readonly string[]): object[] =>
    names.map((one) => ({ type: 'inherit', name: one }));

  test('inherits what the version before had, strictly or not, secrets included', async () => {
    await put({ bindings: BEFORE });
    await put({ bindings: again(['TEXT', 'JSON', 'SECRET']) }, '?bindings_inherit=strict');
    expect(await told()).toEqual({ TEXT: 't', JSON: { a: 1 }, SECRET: 's' });
    await put({ bindings: again(['TEXT', 'SECRET']) });
    expect(await told()).toEqual({ TEXT: 't', SECRET: 's' });
  });

  test('inherits under a new name what old_name names', async () => {
    await put({ bindings: BEFORE });
    const bindings = [
      { type: 'inherit', name: 'NOTE', old_name: 'TEXT' },
      { type: 'inherit', name: 'KEY', old_name: 'SECRET', version_id: 'latest' },
    ];
    await put({ bindings }, '?bindings_inherit=strict');
    expect(await told()).toEqual({ NOTE: 't', KEY: 's' });
  });

  test.each([
    ['a name that was never bound', again(['TEXT', 'ABSENT']), 'ABSENT'],
    [
      'an old name that was never bound',
      [{ type: 'inherit', name: 'TEXT', old_name: 'ELSEWHERE' }],
      'ELSEWHERE',
    ],
  ])('strict refuses %s and changes nothing; else it is dropped', async (_case, bindings, word) => {
    await put({ bindings: BEFORE });
    expect(await refusalInWords(put({ bindings }, '?bindings_inherit=strict'))).toEqual([
      400,
      10057,
      expect.stringContaining(word),
    ]);
    expect(await told()).toEqual({ TEXT: 't', JSON: { a: 1 }, SECRET: 's' });
    await put({ bindings });
    expect(await told()).toEqual(bindings.length === 2 ? { TEXT: 't' } : {});
  });

  test('only the latest version can be inherited from', async () => {
    const bindings = [{ type: 'inherit', name: 'TEXT', version_id: 'some-other' }];
    expect(await refusalInWords(put({ bindings }))).toEqual([
      400,
      10057,
      expect.stringContaining("only the literal 'latest' is supported by this API"),
    ]);
  });

  test('keeps the types it is told to keep, whichever they are', async () => {
    await put({ bindings: BEFORE });
    await put({ keep_bindings: ['json', 'secret_text'] });
    expect(await told()).toEqual({ JSON: { a: 1 }, SECRET: 's' });
    const bindings = [{ type: 'plain_text', name: 'JSON', text: 'now a text' }];
    await put({ bindings, keep_bindings: ['json'] });
    expect(await told()).toEqual({ JSON: 'now a text' });
  });

  test.each([
    ['a text by the name of a kept secret', 'SECRET', 'plain_text'],
    ['a name given twice', 'TEXT', 'plain_text'],
  ])('%s is refused with 10053', async (_case, taken, type) => {
    await put({ bindings: BEFORE });
    const one = { type, name: taken, text: 'x' };
    const bindings = taken === 'SECRET' ? [one] : [one, one];
    expect(await refusalInWords(put({ bindings, keep_bindings: ['secret_text'] }))).toEqual([
      400,
      10053,
      `Binding name '${taken}' already in use. Please use a different name and try again.`,
    ]);
  });

  test('a secret that was read back, without its text, is refused', async () => {
    const bindings = [{ type: 'secret_text', name: 'SECRET' }];
    expect(await refusalInWords(put({ bindings }))).toEqual([
      400,
      10021,
      'invalid or missing text property for binding SECRET',
    ]);
  });
});

test.each([
  ['kv_namespace', { namespace_id: 'absent' }, 10041],
  ['r2_bucket', { bucket_name: 'absent' }, 10085],
  ['d1', { id: 'absent' }, 10181],
  ['queue', { queue_name: 'absent' }, 11000],
  ['dispatch_namespace', { namespace: 'absent' }, 100119],
  ['durable_object_namespace', { class_name: 'Absent', script_name: 'router' }, 10061],
  ['hyperdrive', { id: 'absent' }, 10021],
])('an account Worker that binds a %s that is not there is refused', async (type, fields, code) => {
  const bindings = [{ type, name: 'BOUND', ...fields }];
  const refused = upload(cloud, '', 'unbound', { code: TELLS, metadata: { bindings } });
  expect(await refusalInWords(refused)).toEqual([400, code, expect.stringContaining('BOUND')]);
});

test('a user Worker has no Durable Objects of another script', async () => {
  const binding = { type: 'durable_object_namespace', name: 'C', class_name: 'X' };
  const bindings = [{ ...binding, script_name: 'router' }];
  const refused = upload(cloud, 'customers', 'unbound', { code: TELLS, metadata: { bindings } });
  expect(await refusalInWords(refused)).toEqual([
    400,
    10021,
    expect.stringContaining('another script'),
  ]);
});
