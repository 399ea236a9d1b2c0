// Which events a reader wants: as the query of a request says it, and as one event is judged by it.
// Pure.
import * as z from 'zod';
import type { TailEvent } from './tail-event.ts';

const METHOD = '[A-Za-z]{1,16}';

/** Lists are separated by commas. An empty field of a form filters nothing. */
export const tailQuery = z.strictObject({
  status: z
    .string()
    .regex(
      /^(?:(?:ok|error|canceled)(?:,(?:ok|error|canceled))*)?$/u,
      'must be of ok, error, canceled',
    )
    .optional()
    .meta({ description: 'Only events that ended so: `ok`, `error`, `canceled`.' }),
  method: z
    .string()
    .max(200)
    .regex(new RegExp(`^(?:${METHOD}(?:,${METHOD})*)?$`, 'u'), 'must be HTTP methods')
    .optional()
    .meta({ description: 'Only requests with one of these methods.' }),
  search: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'Only events with this text in a log, an exception or the path.' }),
  sampling: z.coerce
    .number()
    .gt(0)
    .max(1)
    .optional()
    .meta({ description: 'The share of events to send, at random; above 0, at most 1.' }),
});

export type TailQuery = z.infer<typeof tailQuery>;

/** Whether an event is wanted; `random` answers from 0 to below 1. */
export type TailFilter = (event: TailEvent, random: () => number) => boolean;

export function filterOf({ status, method, search, sampling }: TailQuery): TailFilter {
  const outcomes = status ? new Set(status.split(',')) : undefined;
  const methods = method ? new Set(method.toUpperCase().split(',')) : undefined;
  const wanted = search?.toLowerCase() ?? '';
  return (event, random) => {
    if (outcomes !== undefined && !outcomes.has(event.outcome)) return false;
    if (methods !== undefined && !isOneOf(event, methods)) return false;
    if (wanted !== '' && !textsOf(event).some((text) => text.toLowerCase().includes(wanted))) {
      return false;
    }
    return sampling === undefined || random() < sampling;
  };
}

function isOneOf({ event }: TailEvent, methods: ReadonlySet<string>): boolean {
  return event.type === 'fetch' && methods.has(event.method?.toUpperCase() ?? '');
}

function textsOf({ event, entrypoint, logs, exceptions }: TailEvent): string[] {
  return [
    event.path ?? '',
    event.type === 'rpc' ? (event.method ?? '') : '',
    entrypoint ?? '',
    ...logs.map(({ text }) => text),
    ...exceptions.flatMap(({ name, message, stack }) => [name, message, stack ?? '']),
  ];
}
