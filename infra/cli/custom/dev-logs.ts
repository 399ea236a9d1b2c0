// Follows what the developer's Worker logs and what it threw, for as long as it is developed. What it
// cannot hear is not heard: nothing else waits for it.
import { setTimeout as wait } from 'node:timers/promises';
import type { Session } from '../context.ts';
import { objectOf } from '../platform-client.ts';
import { eventsOf } from '../tail/event-stream.ts';
import type { SourceLine } from './bundle.ts';

export type LogEvent = Readonly<Record<string, unknown>>;

/** Where line `line` of the module that is live comes from. */
export type FindSource = (module: string, line: number) => SourceLine | undefined;

export interface Logs {
  readonly end: () => Promise<void>;
}

const RETRY_MS = 1_000;
/** A frame of the template's, of which nobody here has the sources. */
const TEMPLATE_FRAME = /\n\s+at [^\n]*\bz0\/[\w.-]{1,100}\.js:\d[^\n]*/g;
/** Of the code of the tenant, in a stack. */
const FRAME = /(?:[^\s()]*\/)?custom\/([\w./-]{1,200}\.m?js):(\d{1,9})(?::\d{1,9})?/g;

/** Hands over each event that says something beyond that a request was answered. */
export function followLogs(
  { local }: Session,
  tenant: string,
  findSource: FindSource,
  onEvent: (event: LogEvent) => void,
): Logs {
  const over = new AbortController();
  const { signal } = over;
  const url = new URL(`/v1/tenants/${encodeURIComponent(tenant)}/tail`, local.platform_url);
  const headers = new Headers({ authorization: `Bearer ${local.operator_token}` });
  const follow = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        const { ok, body } = await fetch(url, { headers, signal });
        const stream = ok && body !== null ? eventsOf(body) : [];
        for await (const { type, data, id } of stream) {
          if (id !== '') headers.set('last-event-id', id);
          const event = objectOf(JSON.parse(data));
          if (type === 'tail_event' && saysSomething(event)) onEvent(bySources(event, findSource));
        }
      } catch {
        // The stream broke, or the platform is gone: it is asked for again.
      }
      await wait(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  };
  const following = follow();
  return {
    end: async () => {
      over.abort();
      await following;
    },
  };
}

function saysSomething({ logs, exceptions }: LogEvent): boolean {
  return [logs, exceptions].some((list) => Array.isArray(list) && list.length > 0);
}

/** Stacks, logged or thrown, by file and line of the sources, which is where their reader can look. */
export function bySources(event: LogEvent, findSource: FindSource): LogEvent {
  const framesOf = (value: unknown): unknown =>
    typeof value === 'string'
      ? value.replaceAll(TEMPLATE_FRAME, '').replaceAll(FRAME, framesBy(findSource))
      : value;
  const { logs, exceptions } = event;
  return {
    ...event,
    logs: objectsOf(logs).map((one) => ({ ...one, text: framesOf(one.text) })),
    exceptions: objectsOf(exceptions).map((one) => ({ ...one, stack: framesOf(one.stack) })),
  };
}

const objectsOf = (value: unknown): Record<string, unknown>[] =>
  (Array.isArray(value) ? value : []).map(objectOf);

const framesBy =
  (findSource: FindSource) =>
  (frame: string, module: string, line: string): string => {
    const source = findSource(module, Number(line));
    return source === undefined ? frame : `${source.file}:${source.line}`;
  };
