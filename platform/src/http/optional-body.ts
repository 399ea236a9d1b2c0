// Reads the JSON body of a request that may leave it out: then it is an empty object.
import { LedgerError } from '@z0-app/sdk/errors';
import { parseJson } from '@z0-app/sdk/json';
import type * as z from 'zod';
import { readBodyText } from './read-body.ts';
import { validationError } from './validation-error.ts';

/** Throws `payload_too_large`, `invalid_json` and `invalid_request` with a pointer for each fault. */
export async function readOptionalBody<S extends z.ZodType>(
  request: Request,
  schema: S,
  maxBytes: number,
): Promise<z.output<S>> {
  const read = await readBodyText(request, maxBytes);
  if (!read.ok) {
    const detail = `The body is JSON of at most ${maxBytes} bytes.`;
    throw new LedgerError({ code: 'payload_too_large', detail });
  }
  const parsed = parseJson(read.text.trim() === '' ? '{}' : read.text);
  if (!parsed.ok) throw new LedgerError(parsed.error);
  const checked = schema.safeParse(parsed.value);
  if (!checked.success) throw new LedgerError(validationError(checked.error.issues, 'json'));
  return checked.data;
}
