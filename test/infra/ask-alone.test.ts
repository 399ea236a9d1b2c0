// Code that is started once to be asked one question: what it answers, what is said of code at fault,
// and that nothing of it is left.
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, expect, test } from 'vitest';
import { type Asked, askAlone } from '../../infra/local/runtime/ask-alone.ts';
import { processesOf } from './processes.ts';
import { makeStateDir, until } from './test-cloud.ts';

const stateDir = makeStateDir();

afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

afterEach(() => until('its process to be gone', () => processesOf(stateDir).length === 0));

const ask = (content: string, more: Record<string, string> = {}): Promise<Asked> => {
  const type = 'application/javascript+module';
  const all = Object.entries({ 'index.js': content, ...more });
  const modules = all.map(([name, text]) => ({ name, type, content: text }));
  const vars = { GREETING: 'ahoy' };
  const code = { compatibilityDate: '2026-10-01', compatibilityFlags: [], modules, vars };
  return askAlone(code, stateDir);
};

test('its first module answers, with its vars and its other modules', async () => {
  const main = `import { name } from './name.js';
    export default { fetch: (request, env) => new Response(env.GREETING + ' ' + name) };`;
  const asked = await ask(main, { 'name.js': `export const name = 'sailor';` });
  expect(asked).toEqual({ ok: true, text: 'ahoy sailor' });
});

test('code that throws while it starts is told by the runtime’s words and its line', async () => {
  const asked = await ask(`\nnull.gone;\nexport default { fetch: () => new Response() };`);
  expect(asked).toMatchObject({ ok: false, message: expect.stringContaining('index.js:2') });
});

test('code that never comes to an end is ended', async () => {
  const asked = await ask('while (true) {}');
  // The second where others leave it too little of the processor to burn its limit.
  const message = expect.stringMatching(/exceeded CPU time limit|did not start/);
  expect(asked).toEqual({ ok: false, message });
});

test('it has no network', async () => {
  let calls = 0;
  const server = createServer((_request, response) => {
    calls += 1;
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const asked = await ask(`export default {
    fetch: () => fetch('http://127.0.0.1:${port}/').then(() => new Response('out'), () => new Response('kept in')),
  };`);
  server.close();
  expect(asked).toEqual({ ok: true, text: 'kept in' });
  expect(calls).toBe(0);
});

test('code that breaks off its answer is told', async () => {
  const asked = await ask(
    'export default { fetch: () => new Response(new ReadableStream({ start(c) { c.error(new Error()); } })) };',
  );
  expect(asked).toEqual({ ok: false, message: 'The code started and then did not answer.' });
});
