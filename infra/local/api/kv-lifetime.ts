// When a KV value expires, as a request says it. Pure.
import type { KvWrite } from './api-context.ts';
import { ApiError } from './envelope.ts';

/** How long a value is kept: at least a minute, as the runtime wants it. */
export function lifetime(given: {
  readonly expiration?: unknown;
  readonly expiration_ttl?: unknown;
}): Pick<KvWrite, 'expiration' | 'expirationTtl'> {
  const seconds = (value: unknown): number => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= 60) return number;
    const message = `${String(value)} is no time to expire: give whole seconds, 60 or more.`;
    throw new ApiError(400, 10001, message);
  };
  const { expiration, expiration_ttl: ttl } = given;
  if (ttl !== undefined) return { expirationTtl: seconds(ttl) };
  return expiration === undefined ? {} : { expiration: seconds(expiration) };
}
