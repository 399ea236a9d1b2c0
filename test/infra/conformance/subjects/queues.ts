// Queues and their consumers: made, found, refused, deleted.
import { expect } from 'vitest';
import { expectation, type Subject } from '../expectations.ts';
import { makeIn } from '../made-things.ts';
import type { ConformanceTarget } from '../target.ts';
import { expectRefused, fieldsOf, resultOf } from '../wire.ts';

const makeQueue = (target: ConformanceTarget, name = target.fresh('queue')): Promise<string> =>
  makeIn(target, '/queues', { queue_name: name }, 'queue_id');

export const queues: Subject = {
  title: 'queues',
  expectations: [
    expectation('a new one is answered with id and name', 'doc', async (target) => {
      const name = target.fresh('queue');
      const id = await makeQueue(target, name);
      expect(id).toMatch(/^[0-9a-f-]{32,36}$/);
      const shown = resultOf(await target.call('GET', `/queues/${id}`));
      expect(shown).toMatchObject({ queue_id: id, queue_name: name, consumers: [], producers: [] });
    }),
    expectation('it is found by name, alone in the list', 'ran', async (target) => {
      const name = target.fresh('queue');
      const id = await makeQueue(target, name);
      const found = resultOf(await target.call('GET', `/queues?name=${name}&page=1`));
      expect(found).toEqual([expect.objectContaining({ queue_id: id, queue_name: name })]);
      const none = resultOf(await target.call('GET', `/queues?name=${target.fresh('absent')}`));
      expect(none ?? []).toEqual([]);
    }),
    expectation('a body that says text/plain is read', 'ran', async (target) => {
      const body = JSON.stringify({ queue_name: target.fresh('queue') });
      const made = fieldsOf(resultOf(await target.call('POST', '/queues', body)));
      target.deleteLater(`/queues/${String(made.queue_id)}`);
      expect(made.queue_name).toBe(JSON.parse(body).queue_name);
    }),
    expectation('the same name twice is refused with 11009', 'issue', async (target) => {
      const name = target.fresh('queue');
      await makeQueue(target, name);
      const again = await target.call('POST', '/queues', { queue_name: name });
      expectRefused(again, [again.status, 11009], /is already taken/);
    }),
    expectation('one that is not there is 404', 'unverified', async (target) => {
      const { status } = await target.call('GET', `/queues/${'0'.repeat(32)}`);
      expect(status).toBe(404);
    }),
    expectation(
      'a consumer names its Worker and is shown with the queue',
      'doc',
      async (target) => {
        const worker = target.fresh('consumer');
        const form = new FormData();
        form.set('metadata', JSON.stringify({ main_module: 'a.js' }));
        const code = 'export default { queue() {} };';
        form.set('a.js', new File([code], 'a.js', { type: 'application/javascript+module' }));
        target.deleteLater(`/workers/scripts/${worker}?force=true`);
        resultOf(await target.call('PUT', `/workers/scripts/${worker}`, form));
        const id = await makeQueue(target);
        const consumer = { type: 'worker', script_name: worker, settings: { batch_size: 5 } };
        const consumers = `/queues/${id}/consumers`;
        const made = fieldsOf(resultOf(await target.call('POST', consumers, consumer)));
        const own = `${consumers}/${String(made.consumer_id)}`;
        target.deleteLater(own);
        expect(made).toMatchObject({ consumer_id: expect.any(String), type: 'worker' });
        const shown = fieldsOf(resultOf(await target.call('GET', `/queues/${id}`)));
        expect(shown).toMatchObject({
          consumers_total_count: 1,
          consumers: [{ script: worker, type: 'worker', settings: { batch_size: 5 } }],
        });
        resultOf(await target.call('DELETE', own));
        expect(resultOf(await target.call('GET', consumers))).toEqual([]);
      },
    ),
  ],
};
