// What a tenant's code hands to `env.QUEUE`, read into messages or refused. Pure; it keeps nothing.
import type { Outcome } from '@z0-app/sdk';

export interface NewMessage {
  /** JSON text. */
  readonly body: string;
  readonly bytes: number;
  readonly delay_s: number;
}

export interface SendOptions {
  readonly delaySeconds?: unknown;
}

const MAX_MESSAGE_BYTES = 128 * 1024;
const MAX_BATCH = 100;
const MAX_BATCH_BYTES = 256 * 1024;
const MAX_DELAY_S = 43_200;

/** Errors: `invalid_request`, with what a message may be. */
export function readMessage(body: unknown, options: SendOptions = {}): Outcome<NewMessage> {
  const text = jsonOf(body);
  if (text === undefined) return refusal('A message is what JSON can say.');
  const bytes = new TextEncoder().encode(text).byteLength;
  if (bytes > MAX_MESSAGE_BYTES) {
    return refusal(
      `A message has at most ${MAX_MESSAGE_BYTES} bytes as JSON; this one has ${bytes}.`,
    );
  }
  const { delaySeconds: delay_s = 0 } = options;
  if (typeof delay_s !== 'number' || !(delay_s >= 0 && delay_s <= MAX_DELAY_S)) {
    return refusal(`delaySeconds is 0 to ${MAX_DELAY_S}.`);
  }
  return { ok: true, value: { body: text, bytes, delay_s } };
}

/** The same for a list of `{ body, delaySeconds }`. */
export function readBatch(messages: unknown, options: SendOptions = {}): Outcome<NewMessage[]> {
  if (!Array.isArray(messages)) return refusal('sendBatch takes a list of { body }.');
  if (messages.length > MAX_BATCH) return refusal(`A batch has at most ${MAX_BATCH} messages.`);
  const read: NewMessage[] = [];
  for (const one of messages as unknown[]) {
    if (typeof one !== 'object' || one === null || !('body' in one)) {
      return refusal('Each message of a batch is { body }.');
    }
    const delaySeconds: unknown = Reflect.get(one, 'delaySeconds') ?? options.delaySeconds;
    const message = readMessage(one.body, { delaySeconds });
    if (!message.ok) return message;
    read.push(message.value);
  }
  const bytes = read.reduce((sum, one) => sum + one.bytes, 0);
  if (bytes > MAX_BATCH_BYTES) return refusal(`A batch has at most ${MAX_BATCH_BYTES} bytes.`);
  return { ok: true, value: read };
}

/** `undefined` for what JSON has no word for, and for what it cannot write. */
function jsonOf(body: unknown): string | undefined {
  try {
    return JSON.stringify(body);
  } catch {
    return undefined;
  }
}

function refusal(detail: string): Outcome<never> {
  return { ok: false, error: { code: 'invalid_request', detail } };
}
