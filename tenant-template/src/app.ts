// The shape of a request inside the template: what Hono carries from the first middleware to the
// answer. Never holds anything a caller could have claimed.
import type { ErrorCode } from '@z0-app/sdk';
import type { Context } from 'hono';
import type * as z from 'zod/mini';
import type * as shapes from '../answer-shapes.ts';
import type { Env } from './env.ts';

/** Who is asking, as the dispatcher verified it. */
export interface Identity {
  readonly tenantId: string;
  readonly principal: string;
  /** Whether personal fields are hidden from them. */
  readonly masked: boolean;
}

export interface AppEnv {
  Bindings: Env;
  Variables: { requestId: string; identity: Identity };
}

export type AppContext = Context<AppEnv>;

/** Name of what an answer looks like; the API's description has the schema. */
export type Shape = keyof typeof shapes;

/** What a route says about itself, for the API's description. */
export interface RouteDescription {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** As Hono writes it; with the method it is the scope of idempotency keys. */
  readonly path: string;
  readonly summary: string;
  /** Of every good answer. */
  readonly answer: Shape;
  /** `[200]` unless it says otherwise. */
  readonly statuses?: readonly (200 | 201)[];
  /** Refusals beside those that any route, or any write, may give. */
  readonly errors?: readonly ErrorCode[];
  /** Whether it shows no personal field to a caller whose reads are masked; else they are refused. */
  readonly maskable?: boolean;
}

/** One line of the route table. */
export interface Route extends RouteDescription {
  readonly query: z.ZodMiniType;
  /** Present where a body is read. */
  readonly body?: z.ZodMiniType;
  readonly handle: (c: AppContext) => Promise<Response>;
}
