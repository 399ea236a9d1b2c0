// The stable shape in which a tenant's Worker is heard. Of a request's headers, query and body there is
// nothing in it.
import * as z from 'zod';

const OUTCOMES = ['ok', 'error', 'canceled'] as const;
export const LEVELS = ['debug', 'info', 'log', 'warn', 'error'] as const;

/** An answer of 500 and above is an error, too. */
export type Outcome = (typeof OUTCOMES)[number];

const log = z.object({
  time: z.iso.datetime(),
  level: z.enum(LEVELS),
  text: z.string(),
});

const exception = z.object({
  time: z.iso.datetime(),
  name: z.string(),
  message: z.string(),
  stack: z
    .string()
    .nullable()
    .meta({ description: 'By lines of the sources where these are known.' }),
});

/** Data of an event `tail_event`. */
export const tailEvent = z
  .object({
    object: z.literal('tail_event'),
    time: z.iso.datetime(),
    outcome: z.enum(OUTCOMES),
    cause: z.string().meta({ description: "The runtime's own word, such as `exceededCpu`." }),
    event: z.object({
      type: z.enum(['fetch', 'rpc', 'alarm', 'scheduled', 'queue', 'other']),
      method: z
        .string()
        .nullable()
        .meta({ description: 'Of HTTP, or the name of what was called.' }),
      path: z.string().nullable().meta({ description: 'Without its query.' }),
      status: z.int().nullable(),
    }),
    entrypoint: z.string().nullable().meta({ description: 'Or the class of a Durable Object.' }),
    durable_object_id: z.string().nullable(),
    cpu_ms: z.number().nullable().meta({ description: 'Null where it was not measured, or is 0.' }),
    wall_ms: z.number().nullable(),
    logs: z.array(log),
    exceptions: z
      .array(exception)
      .meta({ description: 'Thrown, or logged by `console.error(error)`.' }),
    truncated: z.boolean().meta({ description: 'Whether something too long was left out.' }),
  })
  .meta({ id: 'TailEvent' });

export type TailEvent = z.infer<typeof tailEvent>;
export type TailEventKind = TailEvent['event'];

/** That so many were left out; `null` when nobody counted. */
export interface TailLoss {
  readonly dropped: number | null;
}
