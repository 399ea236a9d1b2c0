// A batch of messages as Cloudflare hands one to a `queue` handler, and what the handler decided about
// each. Pure; nothing is acknowledged here, the platform does that by the verdicts.
import type { QueueBatch } from './runs.ts';

interface RetryOptions {
  readonly delaySeconds?: number;
}

export interface Verdict {
  readonly id: string;
  readonly action: 'ack' | 'retry';
  readonly delay_s?: number;
}

type Decision = Omit<Verdict, 'id'>;

const ACK: Decision = { action: 'ack' };

/** `verdicts(threw)`: of all messages; those left undecided follow from how the handler ended. */
export function batchOf({ queue, batch_id: batchId, messages }: QueueBatch) {
  const decided = new Map<string, Decision>();
  let rest: Decision | undefined;
  // As at Cloudflare, the first decision about a message holds.
  const decide = (id: string, decision: Decision): void => {
    if (!decided.has(id)) decided.set(id, decision);
  };
  const batch = {
    queue,
    batchId,
    messages: messages.map(({ id, timestamp, attempts, body }) => ({
      id,
      timestamp: new Date(timestamp),
      attempts,
      body,
      ack: () => decide(id, ACK),
      retry: (options?: RetryOptions) => decide(id, retryAfter(options)),
    })),
    ackAll: () => {
      rest ??= ACK;
    },
    retryAll: (options?: RetryOptions) => {
      rest ??= retryAfter(options);
    },
  };
  const verdicts = (threw: boolean): Verdict[] => {
    const otherwise = rest ?? (threw ? retryAfter() : ACK);
    return messages.map(({ id }) => ({ id, ...(decided.get(id) ?? otherwise) }));
  };
  return { batch, verdicts };
}

function retryAfter(options?: RetryOptions): Decision {
  const seconds = Number(options?.delaySeconds);
  return Number.isFinite(seconds) ? { action: 'retry', delay_s: seconds } : { action: 'retry' };
}
