// Reads a request body: media type, size and strict JSON, before anything else looks at it. Never
// holds more than the limit in memory.
import type { ErrorData, JsonValue, Outcome } from '@z0-app/sdk';
import { parseJson } from '@z0-app/sdk/json';

/** Bytes. */
export const MAX_BODY_BYTES = 1024 * 1024;

const JSON_TYPE = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i;

export async function readJson(request: Request): Promise<Outcome<JsonValue>> {
  if (!JSON_TYPE.test(request.headers.get('content-type') ?? '')) {
    const detail = 'Send content-type: application/json.';
    return refused({ code: 'unsupported_media_type', detail });
  }
  const bytes = await readBounded(request);
  if (!bytes) return tooLarge();
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return parseJson(text);
  } catch {
    const detail = 'The body is not UTF-8.';
    return refused({
      code: 'invalid_json',
      detail,
      errors: [{ pointer: '', code: 'utf8', detail }],
    });
  }
}

/** The whole body, or undefined as soon as it passes the limit. */
async function readBounded(request: Request): Promise<Uint8Array | undefined> {
  // The runtime's types leave open what a body's chunks are; they are bytes.
  const body = request.body as ReadableStream<Uint8Array> | null;
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) {
    await body?.cancel();
    return undefined;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  const [only] = chunks;
  if (only && chunks.length === 1) return only;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

function tooLarge(): Outcome<JsonValue> {
  const detail = `The body exceeds ${MAX_BODY_BYTES} bytes.`;
  const errors = [{ pointer: '', code: 'payload_too_large', detail }];
  return refused({ code: 'payload_too_large', detail, errors });
}

function refused(error: ErrorData): Outcome<JsonValue> {
  return { ok: false, error };
}
