// Makes the lines of the route table: the schemas a line describes are the ones its requests are
// checked with. Decides nothing about what a route does.
import type { MaskedQuery, WriteContext } from '@z0-app/sdk';
import type * as z from 'zod/mini';
import { problem } from './answer.ts';
import type { AppContext, Route, RouteDescription } from './app.ts';
import { readQuery, readWrite } from './request.ts';
import { noQuery } from './schemas.ts';

/** Part of what a ledger is asked: whether to hide personal fields. */
export function masking(c: AppContext): MaskedQuery {
  return c.var.identity.masked ? { masked: true } : {};
}

/** A route that takes a query and no body. */
export function reading<Q extends z.ZodMiniType>(
  description: RouteDescription,
  query: Q,
  handle: (c: AppContext, query: z.output<Q>) => Promise<Response>,
): Route {
  return {
    ...description,
    query,
    async handle(c) {
      if (c.var.identity.masked && !description.maskable) return unmaskable(c);
      const read = readQuery(c, query);
      return read.ok ? handle(c, read.value) : problem(c, read.error);
    },
  };
}

/** A route that takes a body and no query. */
export function writing<B extends z.ZodMiniType>(
  description: RouteDescription,
  body: B,
  handle: (c: AppContext, body: z.output<B>, context: WriteContext) => Promise<Response>,
): Route {
  const route = `${description.method} ${description.path}`;
  return {
    ...description,
    query: noQuery,
    body,
    async handle(c) {
      // What a write answers is not masked.
      if (c.var.identity.masked) return unmaskable(c);
      const read = await readWrite(c, route, body);
      return read.ok ? handle(c, read.value.body, read.value.context) : problem(c, read.error);
    },
  };
}

function unmaskable(c: AppContext): Response {
  const detail =
    'A token with scope ledger:masked reads what can hide personal fields, and no more.';
  return problem(c, { code: 'insufficient_scope', detail });
}
