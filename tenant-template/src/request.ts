// Reads what routes need from a request: the checked body or query, and the write context. Never
// takes identity from anything but the dispatcher's headers.
import type { Outcome, WriteContext } from '@z0-app/sdk';
import type * as z from 'zod/mini';
import type { AppContext } from './app.ts';
import { readJson } from './body.ts';
import { noQuery, parse, parseQuery } from './schemas.ts';

export interface WriteRequest<T> {
  readonly body: T;
  readonly context: WriteContext;
}

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-/;
const IF_MATCH = /^"?([0-9]{1,15})"?$/;

/** The body as `schema` says, and who writes it. `route` scopes the idempotency key. */
export async function readWrite<S extends z.ZodMiniType>(
  c: AppContext,
  route: string,
  schema: S,
): Promise<Outcome<WriteRequest<z.output<S>>>> {
  const query = parseQuery(noQuery, new URL(c.req.url));
  if (!query.ok) return query;
  const context = writeContext(c, route);
  if (!context.ok) return context;
  const json = await readJson(c.req.raw);
  if (!json.ok) return json;
  const body = parse(schema, json.value);
  return body.ok ? { ok: true, value: { body: body.value, context: context.value } } : body;
}

export function readQuery<S extends z.ZodMiniType>(c: AppContext, schema: S): Outcome<z.output<S>> {
  return parseQuery(schema, new URL(c.req.url));
}

/** The id the dispatcher gave this request, or a new one. */
export function requestIdOf(request: Request): string {
  const given = request.headers.get('x-request-id') ?? '';
  return REQUEST_ID.test(given) ? given : crypto.randomUUID();
}

function writeContext(c: AppContext, route: string): Outcome<WriteContext> {
  const { tenantId, principal } = c.var.identity;
  const idempotencyKey = c.req.raw.headers.get('idempotency-key');
  const context: WriteContext = {
    tenantId,
    principal,
    route,
    // All that one trace caused is found together, over as many requests as it took.
    correlationId: TRACEPARENT.exec(c.req.header('traceparent') ?? '')?.[1] ?? c.var.requestId,
    ...(idempotencyKey === null ? {} : { idempotencyKey }),
  };
  const condition = c.req.header('if-match')?.trim();
  if (condition === undefined || condition === '*') return { ok: true, value: context };
  const version = IF_MATCH.exec(condition)?.[1];
  if (version !== undefined) {
    return { ok: true, value: { ...context, expectedVersion: Number(version) } };
  }
  const detail = 'If-Match takes an ETag.';
  const errors = [{ pointer: '', code: 'invalid_if_match', detail }];
  return { ok: false, error: { code: 'invalid_request', detail, errors } };
}
