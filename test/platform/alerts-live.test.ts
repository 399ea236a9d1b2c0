// Open pages hear of an alert when it fires and when it is resolved, whether counts or the clock did it.
import { expect, it } from 'vitest';
import { evaluateAlerts } from '../../platform/src/alerts/evaluate-alerts.ts';
import { alertsAfter, MINUTE_MS, refusedWith, requestsOf } from './alerts-world.ts';
import { platformApart } from './stats-world.ts';
import { call, freshId } from './world.ts';

/** Reads until an event about alerts of the tenant has come that many times. */
async function heardOf(stream: ReadableStream, tenantId: string, times: number): Promise<void> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ''; !hasHeard(text, tenantId, times); ) {
    const { value, done } = await reader.read();
    if (done) expect.unreachable(`the stream ended after ${text}`);
    text += value;
  }
  await reader.cancel();
}

function hasHeard(text: string, tenantId: string, times: number): boolean {
  const blocks = text.split('\n\n').slice(0, -1);
  const own = blocks.filter(
    (one) => one.includes('event: alert\n') && one.includes(`"${tenantId}"`),
  );
  return own.length >= times;
}

it('a page hears of an alert when it fires and when it is resolved', async () => {
  const platform = platformApart();
  const tenantId = freshId('loud');
  const { body } = await call('GET', '/v1/events');
  const heard = heardOf(body ?? expect.unreachable('no stream'), tenantId, 2);
  const limited = refusedWith('rate_limited', 429, 100, 50);
  const fired = await alertsAfter(platform, tenantId, requestsOf(tenantId, Date.now(), limited));
  expect(fired).toHaveLength(1);
  await evaluateAlerts(platform, [tenantId], Date.now() + 20 * MINUTE_MS);
  await heard;
}, 15_000);
