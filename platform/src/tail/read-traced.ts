// Makes of what the runtime says of a Worker (`trace-v1`) what readers are told. Pure: what is not
// known, or of another script, becomes nothing.
import * as z from 'zod';
import { maskSecrets } from './mask-secrets.ts';
import {
  LEVELS,
  type Outcome,
  type TailEvent,
  type TailEventKind,
  type TailLoss,
} from './tail-event.ts';

/** The template's module in a composed Worker. */
const TEMPLATE = 'z0/template.js';
const FIRST_FRAME = '\n    at ';
const MAX_LOGS = 100;
const MAX_EXCEPTIONS = 20;
const MAX_LOG_LENGTH = 4_096;
const MAX_STACK_LENGTH = 8_192;
const MAX_NAME_LENGTH = 256;
const MAX_PATH_LENGTH = 1_024;

const time = z.number().min(0).max(8.64e15);
const duration = z.number().min(0).nullish();

const thrown = z.object({
  name: z.string(),
  message: z.string(),
  stack: z.string().nullish(),
});

/** What is read of the runtime's own form; anything else in it is passed over. */
const traced = z.object({
  outcome: z.string(),
  eventTimestamp: time.nullish(),
  scriptName: z.string().nullish(),
  dispatchNamespace: z.string().nullish(),
  entrypoint: z.string().nullish(),
  durableObjectId: z.string().nullish(),
  cpuTime: duration,
  wallTime: duration,
  truncated: z.boolean().nullish(),
  logs: z
    .array(
      z.object({
        level: z.string(),
        message: z.unknown().optional(),
        timestamp: time,
        /** For each argument; `null` for those that are no error. */
        errorInfo: z.array(thrown.nullable()).nullish(),
      }),
    )
    .default([]),
  exceptions: z.array(thrown.extend({ timestamp: time })).default([]),
  event: z
    .object({
      type: z.unknown().optional(),
      message: z.unknown().optional(),
      rpcMethod: z.string().optional(),
      scheduledTime: z.unknown().optional(),
      cron: z.string().optional(),
      queue: z.string().optional(),
      request: z.object({ method: z.string(), url: z.string() }).optional(),
      response: z.object({ status: z.int() }).nullish(),
    })
    .nullish(),
});

type Traced = z.infer<typeof traced>;
type TracedLog = Traced['logs'][number];
type Thrown = z.infer<typeof thrown>;

/** Whose event it is has to be said: one of another script is none. */
export interface TailedScript {
  readonly script: string;
  readonly namespace: string;
}

/** `text` as an event or a loss; `undefined` for anything that is not of this script or not known. */
export function readTraced(text: string, whose: TailedScript): TailEvent | TailLoss | undefined {
  const parsed = traced.safeParse(parseOrNull(text));
  if (!parsed.success || parsed.data.scriptName !== whose.script) return undefined;
  const { data } = parsed;
  if (data.event?.type === 'overload') return { dropped: countIn(data.event.message) };
  if (data.event?.type === 'overload-stop') return undefined;
  if (data.dispatchNamespace !== whose.namespace) return undefined;
  return toTailEvent(data);
}

function toTailEvent(data: Traced): TailEvent {
  const event = kindOf(data);
  const logged = data.logs.map((log) => ({ ...log, error: loneError(log) }));
  const logs = logged.filter(({ error }) => error === undefined);
  const exceptions = [
    ...data.exceptions,
    ...logged.flatMap(({ error, timestamp }) => (error ? [{ ...error, timestamp }] : [])),
  ];
  const texts = logs.map(textOf);
  return {
    object: 'tail_event',
    time: isoOf(data.eventTimestamp ?? 0),
    outcome: outcomeOf(data, event),
    cause: short(data.outcome),
    event,
    entrypoint: data.entrypoint ? short(data.entrypoint) : null,
    durable_object_id: data.durableObjectId ? short(data.durableObjectId) : null,
    cpu_ms: measured(data.cpuTime),
    wall_ms: measured(data.wallTime),
    logs: logs.slice(0, MAX_LOGS).map(({ level, timestamp }, index) => ({
      time: isoOf(timestamp),
      level: LEVELS.find((one) => one === level) ?? 'log',
      text: safe(texts[index] ?? '', MAX_LOG_LENGTH),
    })),
    exceptions: exceptions.slice(0, MAX_EXCEPTIONS).map((exception) => ({
      time: isoOf(exception.timestamp),
      name: short(exception.name),
      message: safe(exception.message, MAX_LOG_LENGTH),
      stack: safe(framesOf(exception.stack), MAX_STACK_LENGTH) || null,
    })),
    truncated:
      data.truncated === true ||
      logs.length > MAX_LOGS ||
      exceptions.length > MAX_EXCEPTIONS ||
      texts.some(({ length }) => length > MAX_LOG_LENGTH) ||
      exceptions.some(({ stack }) => (stack?.length ?? 0) > MAX_STACK_LENGTH),
  };
}

/** Of a stack, those that say something: the template's own frames are of code that nobody reads. */
function framesOf(stack: string | null | undefined): string {
  const lines = (stack ?? '').split('\n').map((line) => line.trim());
  return lines.filter((line) => line.startsWith('at ') && !line.includes(TEMPLATE)).join('\n');
}

/** What `console.error` was given, if that was an error or its stack: told like what was thrown. */
function loneError({ level, message, errorInfo }: TracedLog): Thrown | undefined {
  if (level !== 'error' || !Array.isArray(message) || message.length !== 1) return undefined;
  const text: unknown = message[0];
  return errorInfo?.[0] ?? (typeof text === 'string' ? errorIn(text) : undefined);
}

/** `RangeError: why`, and frames under it. */
function errorIn(text: string): Thrown | undefined {
  const start = text.indexOf(FIRST_FRAME);
  const [, name, message] = /^([A-Za-z_$][\w$.]{0,99}): ([^]*)$/u.exec(text.slice(0, start)) ?? [];
  if (start < 0 || name === undefined || message === undefined) return undefined;
  return { name, message, stack: text.slice(start) };
}

function outcomeOf({ outcome, exceptions }: Traced, { status }: TailEventKind): Outcome {
  if (outcome === 'canceled' || outcome === 'responseStreamDisconnected') return 'canceled';
  const isOk = outcome === 'ok' && exceptions.length === 0 && (status ?? 0) < 500;
  return isOk ? 'ok' : 'error';
}

function kindOf({ event }: Traced): TailEventKind {
  const none = { method: null, path: null, status: null };
  if (!event) return { type: 'other', ...none };
  const { request, response, rpcMethod, cron, queue } = event;
  if (request !== undefined) {
    const method = short(request.method);
    return { type: 'fetch', method, path: pathOf(request.url), status: response?.status ?? null };
  }
  if (rpcMethod !== undefined) return { type: 'rpc', ...none, method: short(rpcMethod) };
  if (queue !== undefined) return { type: 'queue', ...none, method: short(queue) };
  if (cron !== undefined) return { type: 'scheduled', ...none, method: short(cron) };
  return { type: event.scheduledTime === undefined ? 'other' : 'alarm', ...none };
}

/** A query carries what links carry: tokens, addresses, names. */
function pathOf(url: string): string | null {
  return URL.canParse(url) ? safe(new URL(url).pathname, MAX_PATH_LENGTH) : null;
}

/** Nothing that runs takes no time: 0 is what was not measured, or too short for it. */
const measured = (ms: number | null | undefined): number | null => (ms === 0 ? null : (ms ?? null));

/** A log's arguments, each a value of JSON, as a console would print them. */
function textOf({ message, errorInfo }: TracedLog): string {
  const values: unknown[] = Array.isArray(message) ? message : [message];
  const words = values.map((value) =>
    typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined'),
  );
  const stacks = (errorInfo ?? []).map((error) => framesOf(error?.stack));
  return [words.join(' '), ...stacks.filter((stack) => stack !== '')].join('\n');
}

/** Cut before it is masked, since it may be very long; and after, since what is masked grows. */
const safe = (text: string, length: number): string =>
  maskSecrets(text.slice(0, length).toWellFormed()).slice(0, length);

const short = (text: string): string => safe(text, MAX_NAME_LENGTH);

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** The embedded Cloudflare counts, in the same words that Cloudflare has. */
function countIn(message: unknown): number | null {
  const [, count] = /\((\d{1,9}) dropped\)/u.exec(String(message)) ?? [];
  return count === undefined ? null : Number(count);
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
