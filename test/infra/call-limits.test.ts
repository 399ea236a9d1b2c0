// What one dispatched call may take, seen by its caller: how long it may be under way, and how long
// its reply may be.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openProject, type Send, sender, type TestCloud, until, upload } from './test-cloud.ts';
import { dispatcher, echo } from './workers.ts';

const REPLY_BYTES = 4 * 1024 * 1024;
const SIZE = 'Worker exceeded reply size limit.';
const WALL = 'Worker exceeded wall time limit.';

/** Replies as long as asked for, with their length said or as a stream; or never. */
const REPLIES = `export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const bytes = Number(searchParams.get('bytes'));
    if (pathname === '/whole') return new Response(new Uint8Array(bytes));
    if (pathname === '/never') return new Promise((resolve) => setTimeout(resolve, 3_600_000));
    let left = bytes;
    const waits = pathname === '/slow' ? 50 : 0;
    return new Response(new ReadableStream({
      async pull(controller) {
        if (left <= 0) return controller.close();
        if (waits > 0) await scheduler.wait(waits);
        const size = Math.min(left, waits > 0 ? 1 : 65536);
        left -= size;
        controller.enqueue(new Uint8Array(size));
      },
    }));
  },
};`;

let cloud: TestCloud;
let send: Send;
beforeAll(async () => {
  const callLimits = { wallMs: 6000, replyBytes: REPLY_BYTES };
  const lifeCycle = { idleMs: 300, maxLive: 40 };
  cloud = await openProject(
    async (project) => {
      await upload(project, '', 'outside', { code: REPLIES });
      await upload(project, '', 'router', dispatcher({ service: 'outside', params: [] }));
      for (const name of ['whole', 'streamed', 'endless', 'late', 'never', 'slow']) {
        await upload(project, 'customers', name, { code: REPLIES });
      }
      await upload(project, 'customers', 'neighbour', echo());
    },
    undefined,
    { callLimits, lifeCycle },
  );
  send = sender(cloud);
});
afterAll(() => cloud.close());

/** What arrived: a whole body's length, or the bytes before it was cut. */
async function received(response: Response): Promise<{ bytes: number; cut: boolean }> {
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) bytes += chunk.byteLength;
    return { bytes, cut: false };
  } catch {
    return { bytes, cut: true };
  }
}

const ended = (script: string, reason: string): Promise<unknown> =>
  until('the end of its process', () =>
    cloud.reported.includes(`user Worker ${script} ended: ${reason}`),
  );

test.each(['whole', 'streamed'])('a %s reply of just the limit arrives whole', async (script) => {
  const response = await send(script, `/${script}?bytes=${REPLY_BYTES}`);
  expect(await received(response)).toEqual({ bytes: REPLY_BYTES, cut: false });
});

test('a reply that says it is longer is refused before its first byte, and its process ends', async () => {
  const response = await send('whole', `/whole?bytes=${REPLY_BYTES + 1}`);
  expect(await response.json()).toEqual({ at: 'fetch', message: SIZE });
  await ended('whole', 'reply');
  expect((await send('whole', '/whole?bytes=1')).status).toBe(200);
});

test('a stream without an end is cut at the limit, its process ends, and its neighbour writes on', async () => {
  const [cut, written] = await Promise.all([
    send('endless', '/streamed?bytes=1e15').then(received),
    send('neighbour', '/add?n=1'),
  ]);
  expect(cut.cut).toBe(true);
  expect(cut.bytes).toBeLessThanOrEqual(REPLY_BYTES);
  expect(written.status).toBe(200);
  await ended('endless', 'reply');
  expect(await received(await send('endless', '/streamed?bytes=5'))).toEqual({
    bytes: 5,
    cut: false,
  });
});

test('a call that is never answered ends with its process, and says why', async () => {
  const response = await send('never', '/never');
  expect(await response.json()).toEqual({ at: 'fetch', message: WALL });
  await ended('never', 'wall');
});

test('a stream that drips for too long is cut, and its process ends', async () => {
  const { cut } = await received(await send('late', '/slow?bytes=1e15'));
  expect(cut).toBe(true);
  await ended('late', 'wall');
});

test('a process that has long been idle but for a stream is not stopped under it', async () => {
  // 80 bytes take ten times as long as an idle process lives.
  const streamed = await send('slow', '/slow?bytes=80');
  const reader = streamed.body?.getReader();
  for (let read = 0; read < 60; ) read += (await reader?.read())?.value?.byteLength ?? 0;
  // One on its way out would answer this by its successor, once the stream is through.
  const other = send('slow', '/whole?bytes=1').then(() => 'other request');
  const rest = (async () => {
    while ((await reader?.read())?.done === false);
    return 'stream';
  })();
  expect(await Promise.race([other, rest])).toBe('other request');
  expect(await rest).toBe('stream');
});
