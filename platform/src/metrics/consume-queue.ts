// The platform's queues: which consumer takes what. No logic lives here.
import type { Env } from '../env.ts';
import { consumeDeadLetters } from './dead-letter-consumer.ts';
import { consumeMetrics } from './metrics-consumer.ts';

/** As wrangler.jsonc names it. */
const DEAD_LETTERS = 'z0-platform-metrics-dead';

export async function consumeQueue(
  batch: MessageBatch,
  env: Env,
  ctx: Pick<ExecutionContext, 'waitUntil'>,
): Promise<void> {
  const consume = batch.queue === DEAD_LETTERS ? consumeDeadLetters : consumeMetrics;
  await consume(batch, env, ctx);
}
