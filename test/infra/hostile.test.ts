// Code that means harm, uploaded like any other: each ends with the answer that is stated here, its
// neighbour's write in the same moment succeeds, and the next request to it is served or told why.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openProject, type Send, sender, type TestCloud, upload } from './test-cloud.ts';
import { dispatcher, echo } from './workers.ts';

const handler = (body: string): string => `export default { async fetch(request) { ${body} } };`;
/** What it did, or why it could not. */
const attempt = (imports: string, work: string): string =>
  `${imports}; ${handler(`try { return new Response('did: ' + (${work})); } catch (error) { return new Response('could not: ' + error.message); }`)}`;

const HOSTILE: Record<string, string> = {
  microtasks: handler('const spin = () => Promise.resolve().then(spin); await spin();'),
  recursion: handler('const deeper = () => deeper() + 1; return new Response(deeper());'),
  'throws-text': handler("throw 'just a text';"),
  'throws-null': handler('throw null;'),
  'large-reply': handler('return new Response(new Uint8Array(50 * 1024 * 1024));'),
  'endless-reply': handler(
    'return new Response(new ReadableStream({ pull(controller) { controller.enqueue(new Uint8Array(65536)); } }));',
  ),
  'many-headers': handler(
    "const headers = new Headers(); for (let i = 0; i < 20000; i += 1) headers.append('x-' + i, 'v'.repeat(100)); return new Response('x', { headers });",
  ),
  'many-calls': handler(
    "let done = 0; try { for (; done < 10000; done += 1) await (await fetch('https://example.com/')).text(); } catch (error) { return Response.json({ done, error: error.message }); } return Response.json({ done });",
  ),
  'many-logs': handler(
    "for (let i = 0; i < 400000; i += 1) console.log('x'.repeat(1000)); return new Response('logged');",
  ),
  exits: handler('process.exit(1);'),
  'reads-files': attempt("import fs from 'node:fs'", "fs.readFileSync('/etc/passwd', 'utf8')"),
  'lists-processes': attempt("import fs from 'node:fs'", "fs.readdirSync('/proc').join()"),
  'runs-commands': attempt("import child from 'node:child_process'", "child.execSync('id')"),
  'reads-environment': attempt('', 'JSON.stringify(process.env)'),
  'opens-sockets': attempt(
    "import { connect } from 'cloudflare:sockets'",
    "(await connect('127.0.0.1:22').opened).remoteAddress",
  ),
  'opens-node-sockets': attempt(
    "import net from 'node:net'",
    "await new Promise((resolve, reject) => net.connect(22, '127.0.0.1').on('connect', resolve).on('error', reject))",
  ),
  'uses-the-cache': attempt('', "await caches.default.match('https://example.com/')"),
  'reads-cf': attempt('', 'typeof request.cf'),
};

/** Answers all that leaves the hostile ones. */
const OUTBOUND = "export default { fetch: () => new Response('outside') };";

let cloud: TestCloud;
let send: Send;
beforeAll(async () => {
  cloud = await openProject(async (project) => {
    await upload(project, '', 'outside', { code: OUTBOUND });
    await upload(project, '', 'router', dispatcher({ service: 'outside', params: [] }));
    await upload(project, 'customers', 'neighbour', echo());
    for (const [name, code] of Object.entries(HOSTILE)) {
      const metadata = { compatibility_flags: ['nodejs_compat'] };
      await upload(project, 'customers', name, { code, metadata });
    }
  });
  send = sender(cloud);
});
afterAll(() => cloud.close());

const failed = (message: unknown): object => ({ at: 'fetch', message });

async function answerOf(script: string): Promise<unknown> {
  const response = await send(script, '/');
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const CPU = 'Worker exceeded CPU time limit.';

test.each<[string, unknown]>([
  ['microtasks', failed(CPU)],
  ['recursion', failed('Maximum call stack size exceeded')],
  ['throws-text', failed('just a text')],
  ['throws-null', failed('null')],
  ['many-headers', failed('Network connection lost.')],
  ['many-calls', { done: 2000, error: 'Too many subrequests.' }],
  ['many-logs', failed(CPU)],
  ['exits', failed(expect.stringContaining('process.exit(1)'))],
  ['reads-files', expect.stringContaining('could not: no such file')],
  ['lists-processes', expect.stringContaining('could not: no such file')],
  ['runs-commands', expect.stringContaining('could not: ')],
  ['reads-environment', 'did: {}'],
  ['opens-sockets', expect.stringContaining('could not: ')],
  ['opens-node-sockets', expect.stringContaining('could not: ')],
  ['uses-the-cache', expect.stringContaining('could not: ')],
  ['reads-cf', 'did: undefined'],
])('%s', async (script, expected) => {
  const [answer, written] = await Promise.all([answerOf(script), send('neighbour', '/add?n=1')]);
  expect(answer).toEqual(expected);
  expect(written.status).toBe(200);
});

test('a reply of 50 MB arrives whole, and the neighbour writes meanwhile', async () => {
  const [reply, written] = await Promise.all([
    send('large-reply', '/').then((response) => response.arrayBuffer()),
    send('neighbour', '/add?n=1'),
  ]);
  expect(reply.byteLength).toBe(50 * 1024 * 1024);
  expect(written.status).toBe(200);
});

test('a reply without an end ends when its reader leaves, and the next request is served', async () => {
  const response = await send('endless-reply', '/');
  const reader = response.body?.getReader();
  for (let read = 0; read < 16 * 1024 * 1024; ) read += (await reader?.read())?.value?.length ?? 0;
  expect((await send('neighbour', '/add?n=1')).status).toBe(200);
  await reader?.cancel();
  const again = await send('endless-reply', '/');
  expect(again.status).toBe(200);
  await again.body?.cancel();
});
