// Code that means harm, uploaded like any other: each kind ends with its stated answer, its neighbour's
// write in the same moment succeeds, and the next request to it is served or told why.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENDLESS_REPLY, type Hostile, hostileWorkers, LARGE_REPLY } from './hostile-workers.ts';
import { isAlive, userWorkerPid } from './processes.ts';
import { openProject, type Send, sender, type TestCloud, until, upload } from './test-cloud.ts';
import { dispatcher, echo } from './workers.ts';

/** Answers all that leaves the hostile ones. */
const OUTBOUND = "export default { fetch: () => new Response('outside') };";
/** Serves a first request, so that its process is known before it does harm. */
const withGreeting = (code: string): string =>
  code.replace(
    'async fetch(request, env) { ',
    "async fetch(request, env) { if (request.url.endsWith('/hello')) return new Response('hello'); ",
  );

let project: TestCloud;
let send: Send;
let sendOpen: Send;
beforeAll(async () => {
  project = await openProject(async (opened) => {
    await upload(opened, '', 'outside', { code: OUTBOUND });
    await upload(opened, '', 'router', dispatcher({ service: 'outside', params: [] }));
    await upload(opened, '', 'open-router', dispatcher());
    await upload(opened, 'customers', 'neighbour', echo());
  });
  send = sender(project);
  sendOpen = (script, path) => {
    const headers = { 'x-script': script };
    return fetch(`${project.cloud.workerUrl('open-router')}${path}`, { headers });
  };
});
afterAll(() => project.close());

function uploadOf(script: string, code: string, plain = false): Promise<unknown> {
  const metadata = { compatibility_flags: plain ? [] : ['nodejs_compat'] };
  return upload(project, 'customers', script, { code, metadata });
}

const KINDS = hostileWorkers('http://127.0.0.1:1/client/v4');
const those = (at: Hostile['at']): [string, Hostile][] =>
  Object.entries(KINDS).filter(([, kind]) => kind.at === at);

async function neighbourWrites(): Promise<void> {
  expect((await send('neighbour', '/add?n=1')).status).toBe(200);
}

async function servedKind(
  script: string,
  { code, says, at, ends, open, plain }: Hostile,
): Promise<void> {
  // The address of this machine that nobody may reach is known only now.
  const own = hostileWorkers(project.cloud.apiUrl)[script]?.code ?? code;
  await uploadOf(script, withGreeting(own), plain);
  const call = open === true ? sendOpen : send;
  expect(await (await call(script, '/hello')).text()).toBe('hello');
  const pid = userWorkerPid(project.stateDir, script);
  const [answer] = await Promise.all([call(script, '/'), neighbourWrites()]);
  expect(await answer.text()).toMatch(says);
  expect(answer.status).toBe(at === 'error' ? 530 : 200);
  if (ends === true) await until('its process to end', () => !isAlive(pid));
  expect(isAlive(pid)).toBe(ends !== true);
  expect(await (await call(script, '/hello')).text()).toBe('hello');
}

test.each(those('error'))(
  '%s ends in the stated error, and the next request is served',
  servedKind,
);

test.each(those('body'))('%s gets the stated answer, and nothing more', servedKind);

test.each(those('upload'))('%s is refused at the upload', async (script, { code, says }) => {
  const refused = uploadOf(script, code).then(
    () => 'accepted',
    (error: unknown) => String(error instanceof Error ? error.message : error),
  );
  const [words] = await Promise.all([refused, neighbourWrites()]);
  expect(words).toMatch(says);
});

test('a reply of 50 MB arrives whole, and the neighbour writes meanwhile', async () => {
  await uploadOf('large-reply', LARGE_REPLY);
  const [reply] = await Promise.all([
    send('large-reply', '/').then((response) => response.arrayBuffer()),
    neighbourWrites(),
  ]);
  expect(reply.byteLength).toBe(50 * 1024 * 1024);
});

test('a reply without an end ends when its reader leaves, and the next request is served', async () => {
  await uploadOf('endless-reply', ENDLESS_REPLY);
  const response = await send('endless-reply', '/');
  const reader = response.body?.getReader();
  for (let read = 0; read < 16 * 1024 * 1024; ) read += (await reader?.read())?.value?.length ?? 0;
  await neighbourWrites();
  await reader?.cancel();
  const again = await send('endless-reply', '/');
  expect(again.status).toBe(200);
  await again.body?.cancel();
});
