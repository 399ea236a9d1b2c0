// How errors look in the OpenAPI document, and the one place where a thrown refusal becomes an
// answer.
import { ERRORS, type ErrorCode, type ErrorData, LedgerError } from '@z0-app/sdk/errors';
import { problemResponse } from '@z0-app/sdk/problem';
import type { ErrorHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import * as z from 'zod';
import type { AppEnv } from './app-env.ts';

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    retryable: z.boolean(),
    request_id: z.string(),
    errors: z.array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() })),
    limit: z
      .object({ name: z.string(), value: z.number(), used: z.number().optional() })
      .optional()
      .meta({ description: 'The limit that refused it, where one did.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details; switch on `code`.' });

/** The OpenAPI responses for `codes`, grouped by their status. */
export function problemResponses(...codes: ErrorCode[]) {
  const byStatus = Map.groupBy(codes, (code) => ERRORS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => {
      const description = group.map((code) => `\`${code}\`: ${ERRORS[code].title}`).join('; ');
      return [
        status,
        { description, content: { 'application/problem+json': { schema: problemSchema } } },
      ];
    }),
  );
}

/** Refusals become their problem; anything else is `internal`, logged here and told to no caller. */
export const onError: ErrorHandler<AppEnv> = (error, c) => {
  return problemResponse(errorDataOf(error), c.var.requestId);
};

function errorDataOf(error: Error): ErrorData {
  if (error instanceof LedgerError) return error.data;
  if (error instanceof HTTPException && error.status === 400) {
    return { code: 'invalid_request', detail: 'The request could not be read.' };
  }
  console.error(
    JSON.stringify({ level: 'error', event: 'unhandled', detail: error.stack ?? String(error) }),
  );
  return { code: 'internal', detail: 'The platform failed; the log has the details.' };
}
