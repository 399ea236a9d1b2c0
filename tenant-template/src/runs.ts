// What the platform starts in a tenant's Worker: runs of schedules, and messages of its queue, handed
// to the tenant's own handlers in Cloudflare's shapes. It answers nobody but the platform, and nobody
// else can tell that it is there.
import * as z from 'zod/mini';
import { problem } from './answer.ts';
import type { AppContext } from './app.ts';
import { readJson } from './body.ts';
import { type Handler, handlerOf } from './handlers.ts';
import type app from './index.ts';
import { batchOf } from './queue-batch.ts';
import { reported } from './reported.ts';
import { notFound } from './routes/lookup.ts';
import { parse } from './schemas.ts';

/** Of tokens that the platform makes for itself; no key of a tenant's gets one. */
const RUN_SCOPE = 'platform:run';
const MAX_ERROR_CHARACTERS = 300;

const runSchema = z.object({
  run_id: z.string(),
  schedule: z.string(),
  cron: z.string(),
  scheduled_time: z.number(),
  attempt: z.number(),
  data: z.unknown(),
});

const batchSchema = z.object({
  queue: z.string(),
  batch_id: z.string(),
  messages: z.array(
    z.object({ id: z.string(), timestamp: z.number(), attempts: z.number(), body: z.unknown() }),
  ),
});

export type QueueBatch = z.output<typeof batchSchema>;

/** Adds the routes for the handlers that `custom` has. */
export function serveRuns(served: typeof app, custom: unknown): void {
  const scheduled = handlerOf(custom, 'scheduled');
  const queue = handlerOf(custom, 'queue');
  if (scheduled) served.on('POST', '/internal/scheduled', (c) => runSchedule(c, scheduled));
  if (queue) served.on('POST', '/internal/queue', (c) => runBatch(c, queue));
}

async function runSchedule(c: AppContext, handler: Handler): Promise<Response> {
  const read = await readRun(c, runSchema);
  if (read instanceof Response) return read;
  let isFinal = false;
  const { run_id: runId, schedule, cron, scheduled_time: scheduledTime, attempt, data } = read;
  const controller = {
    type: 'scheduled',
    scheduledTime,
    cron,
    // What Cloudflare's own has not: which run this is, the same at each attempt.
    runId,
    schedule,
    attempt,
    data,
    noRetry: () => {
      isFinal = true;
    },
  };
  const error = await errorOf(() => handler(controller, c.env, c.executionCtx));
  return Response.json({ error, no_retry: isFinal });
}

async function runBatch(c: AppContext, handler: Handler): Promise<Response> {
  const read = await readRun(c, batchSchema);
  if (read instanceof Response) return read;
  const { batch, verdicts } = batchOf(read);
  const error = await errorOf(() => handler(batch, c.env, c.executionCtx));
  return Response.json({ error, messages: verdicts(error !== null) });
}

/** The body, or the answer to whoever is not the platform. */
async function readRun<S extends z.ZodMiniType>(
  c: AppContext,
  schema: S,
): Promise<z.output<S> | Response> {
  const scope = c.req.header('x-z0-scope')?.split(' ') ?? [];
  if (!scope.includes(RUN_SCOPE)) return notFound(c);
  const json = await readJson(c.req.raw);
  if (!json.ok) return problem(c, json.error);
  const body = parse(schema, json.value);
  return body.ok ? body.value : problem(c, body.error);
}

/** What the handler threw, in one bounded line; `null` when it did not. */
async function errorOf(run: () => unknown): Promise<string | null> {
  try {
    await reported(run);
    return null;
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return text.replaceAll(/\s+/gu, ' ').slice(0, MAX_ERROR_CHARACTERS) || 'unknown error';
  }
}
