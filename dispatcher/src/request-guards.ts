// Bounds on what a request may look like, checked before anyone spends work on it.
import type { ErrorData } from '@z0-app/sdk/errors';

export const MAX_URL_LENGTH = 8 * 1024;
/** All names and values together, in characters. A token alone may be 8 KiB. */
export const MAX_HEADERS_LENGTH = 24 * 1024;
export const MAX_BODY_BYTES = 1024 * 1024;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
export const ALLOW = METHODS.join(', ');

const TOO_LARGE: ErrorData = {
  code: 'payload_too_large',
  detail: `A body may hold ${MAX_BODY_BYTES} bytes.`,
  errors: [{ pointer: '', code: 'too_large', detail: `More than ${MAX_BODY_BYTES} bytes.` }],
};

/** The first bound that `request` breaks. */
export function guardRequest(request: Request): ErrorData | undefined {
  if (request.url.length > MAX_URL_LENGTH) {
    return { code: 'uri_too_long', detail: `A URL may hold ${MAX_URL_LENGTH} characters.` };
  }
  let length = 0;
  for (const [name, value] of request.headers) length += name.length + value.length;
  if (length > MAX_HEADERS_LENGTH) {
    return {
      code: 'headers_too_large',
      detail: `Header names and values may hold ${MAX_HEADERS_LENGTH} characters.`,
    };
  }
  if (!METHODS.includes(request.method)) {
    return { code: 'method_not_allowed', detail: `Allowed here: ${ALLOW}.` };
  }
  return Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES
    ? TOO_LARGE
    : undefined;
}

/** A body fit to be passed on, `null` when there is none. */
export type BoundedBody =
  | { readonly ok: true; readonly body: ReadableStream | Uint8Array | null }
  | { readonly ok: false; readonly error: ErrorData };

/**
 * A body of declared length streams through, for HTTP holds it to that length. One without is read
 * here first, so that the bound is an answer and not a broken stream inside the tenant's Worker.
 */
export async function boundBody(request: Request): Promise<BoundedBody> {
  // The runtime's types leave open what a body's chunks are; they are bytes.
  const body = request.body as ReadableStream<Uint8Array> | null;
  if (body === null || request.headers.has('content-length')) return { ok: true, body };
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) return { ok: false, error: TOO_LARGE };
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return { ok: true, body: whole };
}
