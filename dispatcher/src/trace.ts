// The request id and the W3C trace context of one request. A caller may bring both; what does not
// look exactly right is replaced, never repaired.
import { newId } from '@z0-app/sdk/ids';

const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
const SAMPLED = '01';

export function requestIdOf(headers: Headers): string {
  const given = headers.get('x-request-id');
  return given !== null && REQUEST_ID.test(given) ? given : newId('req');
}

/** The caller's trace with a span of our own, or a new trace. */
export function nextTraceparent(given: string | null): string {
  const [, version = 'ff', trace = NO_TRACE, span = NO_SPAN, flags = SAMPLED, rest] =
    TRACEPARENT.exec(given ?? '') ?? [];
  const invalid =
    version === 'ff' ||
    trace === NO_TRACE ||
    span === NO_SPAN ||
    // Only a version newer than ours may carry more.
    (version === '00' && rest !== undefined);
  if (invalid) return `00-${randomHex(16)}-${randomHex(8)}-${SAMPLED}`;
  return `00-${trace}-${randomHex(8)}-${flags}`;
}

/** Of a traceparent as `nextTraceparent` makes it; facts carry it as their `correlation_id`. */
export function traceIdOf(traceparent: string): string {
  return traceparent.split('-')[1] ?? '';
}

function randomHex(bytes: number): string {
  let hex = '';
  for (const byte of crypto.getRandomValues(new Uint8Array(bytes))) {
    hex += byte.toString(16).padStart(2, '0');
  }
  return hex;
}
