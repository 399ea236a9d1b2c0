// Lets a JSON body through only if it is small, JSON by declaration and by grammar, and plain. Runs
// before the schemas; what the fields mean is their business.
import { LedgerError } from '@z0-app/sdk/errors';
import { parseJson } from '@z0-app/sdk/json';
import type { MiddlewareHandler } from 'hono';
import * as z from 'zod';
import type { AppEnv } from './app-env.ts';
import { readBodyText } from './read-body.ts';
import { validationError } from './validation-error.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** Refuses with `unsupported_media_type`, `payload_too_large`, `invalid_json`, `invalid_request`. */
export const strictBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new LedgerError({
      code: 'unsupported_media_type',
      detail: 'Send the body as application/json.',
    });
  }
  const body = await readBodyText(c.req.raw, MAX_BODY_BYTES);
  if (!body.ok) {
    if (body.fault === 'too_large') {
      const detail = `The body may be at most ${MAX_BODY_BYTES} bytes.`;
      throw new LedgerError({ code: 'payload_too_large', detail });
    }
    const fault = { pointer: '', code: 'not_utf8', detail: 'The body is not UTF-8.' };
    throw new LedgerError({ code: 'invalid_json', detail: fault.detail, errors: [fault] });
  }
  const parsed = parseJson(body.text);
  if (!parsed.ok) throw new LedgerError(parsed.error);
  // The stream is used up; the schema's validator reads the same text again.
  c.req.raw = new Request(c.req.raw, { method: c.req.method, body: body.text });
  await next();
};

/** For writes that take no fields: nothing, or an empty object. Errors as `strictBody`. */
export const noBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  const body = await readBodyText(c.req.raw, MAX_BODY_BYTES);
  if (!body.ok) {
    throw new LedgerError({ code: 'payload_too_large', detail: 'This takes no body.' });
  }
  if (body.text.trim() !== '') {
    const parsed = parseJson(body.text);
    if (!parsed.ok) throw new LedgerError(parsed.error);
    const checked = z.strictObject({}).safeParse(parsed.value);
    if (!checked.success) throw new LedgerError(validationError(checked.error.issues, 'json'));
  }
  await next();
};
