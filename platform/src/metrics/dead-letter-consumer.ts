// Takes what the metrics queue gave up on and keeps each as a fact of the platform's own shard. It
// repairs nothing: a letter says what was lost, and why as far as that can still be seen.
import * as z from 'zod';
import type { Env } from '../env.ts';
import { announce } from './announce.ts';
import { readMessage } from './queue-message.ts';
import { SYSTEM_SHARD, systemShard } from './system-shard.ts';

/** One message, as it is kept. */
export interface DeadLetterInput {
  readonly message_id: string;
  readonly reason: string;
  /** As the message has it; `null` when it names none, or several. */
  readonly tenant_id: string | null;
  /** JSON, cut. */
  readonly body: string;
}

const MAX_BODY_BYTES = 2048;

const named = z.object({ tenant_id: z.string().min(1).max(64) });

/** Messages are retried while the shard is away. */
export async function consumeDeadLetters(
  batch: MessageBatch,
  env: Env,
  ctx?: Pick<ExecutionContext, 'waitUntil'>,
): Promise<void> {
  const letters = batch.messages.map(toLetter);
  try {
    const outcomes = await systemShard(env, SYSTEM_SHARD).recordDeadLetters(letters);
    for (const [index, message] of batch.messages.entries()) {
      if (outcomes[index]?.ok) message.ack();
      else message.retry({ delaySeconds: 30 });
    }
  } catch (error) {
    const detail = String(error).slice(0, 500);
    console.error(JSON.stringify({ level: 'error', event: 'dead_letters_failed', detail }));
    batch.retryAll({ delaySeconds: 30 });
    return;
  }
  const told = announce(env, new Set(['', ...letters.flatMap(({ tenant_id }) => tenant_id ?? [])]));
  if (ctx) ctx.waitUntil(told);
  else await told;
}

function toLetter({ id, body }: Message): DeadLetterInput {
  const read = readMessage(body, Date.now());
  const whose = named.safeParse(body);
  return {
    message_id: id,
    reason: read.ok ? 'It could be read, but not recorded: the log says why.' : read.reason,
    tenant_id: whose.success ? whose.data.tenant_id : null,
    body: cut(jsonOf(body)),
  };
}

/** A queue carries more than JSON has. */
function jsonOf(body: unknown): string {
  try {
    return JSON.stringify(body) ?? String(body);
  } catch {
    return String(body);
  }
}

/** The first 2 KB, whole characters. */
function cut(text: string): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= MAX_BODY_BYTES) return text;
  // Not fatal: a character that was cut in two ends as a replacement, which is taken off.
  return new TextDecoder().decode(bytes.subarray(0, MAX_BODY_BYTES)).replace(/�$/u, '');
}
