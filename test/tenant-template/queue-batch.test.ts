// What a tenant's `queue` handler can decide about messages: Cloudflare's own rules.
import { expect, test } from 'vitest';
import { batchOf } from '../../tenant-template/src/queue-batch.ts';

function batch() {
  const messages = ['a', 'b', 'c'].map((id) => {
    return { id, timestamp: Date.parse('2026-01-01T00:00:00Z'), attempts: 2, body: { id } };
  });
  return batchOf({ queue: 'tenant', batch_id: 'batch_1', messages });
}

type Batch = ReturnType<typeof batch>['batch'];

test('a message says what it is, since when, and which try this is', () => {
  const [first] = batch().batch.messages;
  expect(first).toMatchObject({ id: 'a', attempts: 2, body: { id: 'a' } });
  expect(first?.timestamp.toISOString()).toBe('2026-01-01T00:00:00.000Z');
});

test.each<[string, (one: Batch) => void, boolean, string]>([
  ['all are acknowledged when the handler ends well', () => undefined, false, 'ack ack ack'],
  ['all are retried when it throws', () => undefined, true, 'retry retry retry'],
  [
    'what was acknowledged before it threw stays acknowledged',
    ({ messages }) => messages[0]?.ack(),
    true,
    'ack retry retry',
  ],
  [
    'one can be retried alone',
    ({ messages }) => messages[1]?.retry({ delaySeconds: 7 }),
    false,
    'ack retry(7) ack',
  ],
  [
    'the first decision about a message holds',
    ({ messages }) => {
      messages[0]?.retry();
      messages[0]?.ack();
    },
    false,
    'retry ack ack',
  ],
  [
    'retryAll is for those that nothing was decided about',
    (one) => {
      one.messages[2]?.ack();
      one.retryAll({ delaySeconds: 3 });
    },
    false,
    'retry(3) retry(3) ack',
  ],
  ['ackAll holds although the handler throws', (one) => one.ackAll(), true, 'ack ack ack'],
])('%s', (_, handle, threw, expected) => {
  const { batch: given, verdicts } = batch();
  handle(given);
  const shown = verdicts(threw).map(({ action, delay_s }) =>
    delay_s === undefined ? action : `${action}(${delay_s})`,
  );
  expect(shown.join(' ')).toBe(expected);
});
