// Tails of an account Worker: made, heard over a WebSocket, ended.
import { once } from 'node:events';
import { expect } from 'vitest';
import { expectation, type Subject } from '../expectations.ts';
import type { ConformanceTarget } from '../target.ts';
import { wranglerForm } from '../uploads.ts';
import { fieldsOf, itemsOf, namesOf, resultOf } from '../wire.ts';

const CODE = `export default {
  fetch(request) {
    console.log('said', { n: 1 });
    if (new URL(request.url).pathname === '/throw') throw new RangeError('unknown here');
    return new Response('ok');
  },
};`;

async function tailed(target: ConformanceTarget): Promise<{ worker: string; path: string }> {
  const worker = target.fresh('tailed');
  const place = `/workers/scripts/${worker}`;
  target.deleteLater(`${place}?force=true`);
  resultOf(await target.call('PUT', place, wranglerForm({ code: CODE })));
  await target.settled('the Worker', async () => (await target.ask(worker)).ok);
  return { worker, path: `${place}/tails` };
}

/** What is told of requests to `path`, until one is: a tail takes its time to begin. */
async function heard(
  target: ConformanceTarget,
  url: string,
  ask: () => Promise<unknown>,
): Promise<Record<string, unknown>> {
  const socket = new WebSocket(url, 'trace-v1');
  const events: Record<string, unknown>[] = [];
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }: MessageEvent) => {
    const text = typeof data === 'string' ? data : new TextDecoder().decode(data);
    events.push(fieldsOf(JSON.parse(text)));
  });
  await once(socket, 'open');
  try {
    return await target.settled('an event', async () => {
      await ask();
      return events[0];
    });
  } finally {
    socket.close();
  }
}

export const tails: Subject = {
  title: 'tails',
  expectations: [
    expectation(
      'a new one has an id, an address and an end, and is listed',
      'doc',
      async (target) => {
        const { path } = await tailed(target);
        const tail = fieldsOf(resultOf(await target.call('POST', path, '{"filters":[]}')));
        expect(tail).toMatchObject({
          id: expect.any(String),
          url: expect.stringMatching(/^wss?:\/\//),
          expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        });
        expect(namesOf(resultOf(await target.call('GET', path)), 'id')).toContain(tail.id);
        resultOf(await target.call('DELETE', `${path}/${String(tail.id)}`));
        expect(namesOf(resultOf(await target.call('GET', path)), 'id')).not.toContain(tail.id);
      },
    ),
    expectation(
      'a request is told with its log, its outcome and its answer',
      'ran',
      async (target) => {
        const { worker, path } = await tailed(target);
        const { url } = fieldsOf(resultOf(await target.call('POST', path, '{"filters":[]}')));
        const event = await heard(target, String(url), () => target.ask(worker, '/a?b=c'));
        expect(event).toMatchObject({
          scriptName: worker,
          outcome: 'ok',
          exceptions: [],
          eventTimestamp: expect.any(Number),
          event: { request: { method: 'GET' }, response: { status: 200 } },
        });
        const { request } = fieldsOf(event.event);
        expect(String(fieldsOf(request).url)).toMatch(/\/a\?b=c$/);
        const [log] = itemsOf(event.logs);
        expect(log).toMatchObject({ level: 'log', message: ['said', { n: 1 }] });
      },
    ),
    expectation(
      'an error that nobody catches is told by name and message',
      'ran',
      async (target) => {
        const { worker, path } = await tailed(target);
        const { url } = fieldsOf(resultOf(await target.call('POST', path, '{"filters":[]}')));
        const event = await heard(target, String(url), () => target.ask(worker, '/throw'));
        expect(event).toMatchObject({
          outcome: 'exception',
          exceptions: [{ name: 'RangeError', message: 'unknown here' }],
        });
      },
    ),
  ],
};
