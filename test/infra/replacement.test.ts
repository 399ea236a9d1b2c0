// New code, bad code, no code: what an upload or a deletion does to a user Worker that is in use.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { APIError } from 'cloudflare';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  openProject,
  type Send,
  scriptsPath,
  sender,
  type TestCloud,
  upload,
} from './test-cloud.ts';
import { dispatcher, echo, echoAgain } from './workers.ts';

let running: TestCloud;
let send: Send;

beforeAll(async () => {
  running = await openProject(async (project) => {
    await upload(project, '', 'router', dispatcher());
    await upload(project, 'customers', 'alpha', echo('v1'));
  });
  send = sender(running);
});

afterAll(() => running.close());

const textOf = async (script: string, path: string): Promise<string> =>
  (await send(script, path)).text();

const deleteScript = (script: string): Promise<unknown> =>
  running.client.delete(`${scriptsPath(running, 'customers')}/${script}?force=true`);

const storageFolders = (): string[] => {
  const folder = join(running.stateDir, 'cloudflare', 'user-workers');
  return existsSync(folder) ? readdirSync(folder) : [];
};

test('the upload is over when the new code answers, and objects keep their data', async () => {
  await send('alpha', '/add?n=3');
  await upload(running, 'customers', 'alpha', echoAgain('v2'));
  expect(await textOf('alpha', '/version')).toBe('v2');
  expect(await textOf('alpha', '/add?n=0')).toBe('3');
});

test('under load no request fails while the code is replaced, and no answer is older than the last', async () => {
  let over = false;
  const caller = async (): Promise<string[]> => {
    const answers: string[] = [];
    while (!over) answers.push(await textOf('alpha', '/slow?ms=5'));
    return answers;
  };
  const callers = Array.from({ length: 6 }, caller);
  for (const version of ['w1', 'w2', 'w3']) {
    await upload(running, 'customers', 'alpha', echoAgain(version));
  }
  over = true;
  for (const answers of await Promise.all(callers)) {
    expect([...new Set(answers)]).toEqual(
      ['v2', 'w1', 'w2', 'w3'].filter((v) => answers.includes(v)),
    );
    expect(answers.length).toBeGreaterThan(3);
  }
});

test('writes under load are neither lost nor done twice while the code is replaced', async () => {
  const before = Number(await textOf('alpha', '/add?n=0'));
  let over = false;
  let sent = 0;
  const writer = async (): Promise<void> => {
    while (!over) {
      sent += 1;
      expect(Number(await textOf('alpha', '/add?n=1'))).toBeGreaterThan(before);
    }
  };
  const writers = Array.from({ length: 4 }, writer);
  await upload(running, 'customers', 'alpha', echoAgain('x1'));
  await upload(running, 'customers', 'alpha', echoAgain('x2'));
  over = true;
  await Promise.all(writers);
  expect(Number(await textOf('alpha', '/add?n=0'))).toBe(before + sent);
});

test.each([
  ['a syntax error', 'export default { fetch( }', /SyntaxError/],
  [
    'a top-level throw',
    'throw new TypeError("no ledger here"); export default {}',
    /no ledger here/,
  ],
  ['a missing import', 'import "./absent.js"; export default {}', /absent\.js/],
])(
  'an upload with %s is refused with 10021 and its words; what runs goes on',
  async (_what, code, words) => {
    const before = await textOf('alpha', '/version');
    const refused = await upload(running, 'customers', 'alpha', {
      ...echoAgain('never'),
      code,
    }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(APIError);
    expect(refused).toMatchObject({ status: 400, errors: [{ code: 10021 }] });
    expect((refused as APIError).errors[0]?.message).toMatch(words);
    expect(await textOf('alpha', '/version')).toBe(before);
  },
);

test('code that loops at the top level is refused within 10 s', async () => {
  const refused = await upload(running, 'customers', 'alpha', {
    ...echoAgain('never'),
    code: 'for (;;) {}',
  }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ status: 400, errors: [{ code: 10021 }] });
});

test('a deleted class takes its data with it, and only its own', async () => {
  await upload(running, 'customers', 'two', {
    ...echo(),
    code: `${echo().code}\nexport class Other extends Counter {}`,
    metadata: {
      ...echo().metadata,
      migrations: { new_tag: 'v1', new_sqlite_classes: ['Counter', 'Other'] },
    },
  });
  await send('two', '/add?n=4');
  await upload(running, 'customers', 'two', {
    ...echo(),
    metadata: {
      ...echo().metadata,
      migrations: { old_tag: 'v1', new_tag: 'v2', deleted_classes: ['Other'] },
    },
  });
  expect(await textOf('two', '/add?n=0')).toBe('4');
});

test('a renamed class keeps its data', async () => {
  const renamed = echo().code.replaceAll('class Counter', 'class Tally');
  await upload(running, 'customers', 'two', {
    code: renamed,
    metadata: {
      bindings: [{ type: 'durable_object_namespace', name: 'COUNTER', class_name: 'Tally' }],
      migrations: {
        old_tag: 'v2',
        new_tag: 'v3',
        renamed_classes: [{ from: 'Counter', to: 'Tally' }],
      },
    },
  });
  expect(await textOf('two', '/add?n=0')).toBe('4');
});

test('a deleted script is missing at once, and its data is gone: the same name starts empty', async () => {
  await upload(running, 'customers', 'gone', echo());
  await send('gone', '/add?n=9');
  const folders = storageFolders().length;
  await deleteScript('gone');
  expect(await (await send('gone', '/')).json()).toMatchObject({
    at: 'fetch',
    message: expect.stringMatching(/^Worker not found/),
  });
  expect(storageFolders()).toHaveLength(folders - 1);
  await upload(running, 'customers', 'gone', echo());
  expect(await textOf('gone', '/add?n=0')).toBe('0');
});

test('a deleted namespace takes its scripts and their data with it', async () => {
  const { namespaces } = running.client.workersForPlatforms.dispatch;
  await namespaces.create({ ...running.account, name: 'short-lived' });
  const before = storageFolders().length;
  await upload(running, 'short-lived', 'one', echo());
  await namespaces.delete('short-lived', running.account);
  await expect(namespaces.get('short-lived', running.account)).rejects.toMatchObject({
    status: 404,
  });
  expect(storageFolders()).toHaveLength(before);
});
