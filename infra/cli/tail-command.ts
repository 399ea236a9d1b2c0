// `z0 tail`: what a tenant's Worker logs and how its requests end, as it happens, until Ctrl-C. A stream
// that ends or breaks is opened again; only a refusal ends the command.
import { setTimeout as wait } from 'node:timers/promises';
import { defineCommand } from 'citty';
import pc from 'picocolors';
import { CliError } from './cli-error.ts';
import { commonArgs, guarded, openSession, refusal, say, tenantArg } from './context.ts';
import { objectOf } from './platform-client.ts';
import { eventLines } from './tail/event-lines.ts';
import { eventsOf, type StreamEvent } from './tail/event-stream.ts';

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 8_000;

export const tailCommand = defineCommand({
  meta: {
    name: 'tail',
    description:
      'Follow what a tenant’s Worker logs and how its requests end. Example: z0 tail --tenant acme --status error',
  },
  args: {
    ...tenantArg,
    status: { type: 'string', description: 'Only these: ok, error, canceled', valueHint: 'LIST' },
    method: { type: 'string', description: 'Only these HTTP methods', valueHint: 'LIST' },
    search: {
      type: 'string',
      description: 'Only with this text in a log, an exception or the path',
      valueHint: 'TEXT',
    },
    sampling: {
      type: 'string',
      description: 'The share of events to show, such as 0.1',
      valueHint: 'SHARE',
    },
    state: commonArgs.state,
    json: { type: 'boolean', description: 'Print one JSON object a line', default: false },
  },
  run: ({ args }) =>
    guarded(async () => {
      const { tenant, status, method, search, sampling } = args;
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries({ status, method, search, sampling })) {
        if (value !== undefined) query.set(name, value);
      }
      const path = `/v1/tenants/${encodeURIComponent(tenant)}/tail?${query.toString()}`;
      const stop = new AbortController();
      process.once('SIGINT', () => stop.abort());
      process.once('SIGTERM', () => stop.abort());
      // Whoever read our output has enough.
      process.stdout.on('error', () => stop.abort());
      await follow(args.state, path, new Printer(tenant, args.json), stop.signal);
    }),
});

/** Until `signal`, or a refusal that stays one. */
async function follow(
  state: string | undefined,
  path: string,
  printer: Printer,
  signal: AbortSignal,
): Promise<void> {
  // Where nothing runs from the start, there is nothing to wait for.
  openSession(state);
  let failures = 0;
  while (!signal.aborted) {
    const opened = await open(state, path, printer.lastId, signal);
    if (opened !== undefined) {
      failures = 0;
      if (await printer.print(opened)) continue;
    }
    if (signal.aborted) return;
    if (failures === 0) say(`${pc.yellow('lost')}   the stream broke; it is opened again`);
    const pauseMs = Math.min(FIRST_RETRY_MS * 2 ** failures, MAX_RETRY_MS);
    failures += 1;
    await wait(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** `undefined`: there is none now, and there may be one in a moment. Throws for a refusal. */
async function open(
  state: string | undefined,
  path: string,
  lastId: string,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array> | undefined> {
  let response: Response;
  try {
    // Read anew: a platform that was started again may have other ports.
    const { local } = openSession(state);
    const headers = new Headers({ authorization: `Bearer ${local.operator_token}` });
    if (lastId !== '') headers.set('last-event-id', lastId);
    response = await fetch(new URL(path, local.platform_url), { headers, signal });
  } catch {
    if (lastId !== '' || signal.aborted) return undefined;
    throw new CliError('the platform does not answer', 'start it with `npm start`');
  }
  if (response.ok) return response.body ?? undefined;
  const text = await response.text().catch(() => '');
  const isPassing = response.status >= 500 && response.status !== 501;
  if (isPassing && lastId !== '') return undefined;
  throw refusal({ status: response.status, headers: response.headers, body: parsed(text) });
}

class Printer {
  lastId = '';
  readonly #tenant: string;
  readonly #json: boolean;
  /** `undefined` before the first stream. */
  #isHeard: boolean | undefined;

  constructor(tenant: string, json: boolean) {
    this.#tenant = tenant;
    this.#json = json;
  }

  /** Whether the stream came to its time; otherwise it broke. */
  async print(body: ReadableStream<Uint8Array>): Promise<boolean> {
    try {
      for await (const event of eventsOf(body)) {
        this.lastId = event.id;
        if (event.type === 'end' && objectOf(parsed(event.data)).reason === 'time_limit')
          return true;
        this.#printOne(event);
      }
    } catch {
      // The connection was lost.
    }
    this.#isHeard = false;
    return false;
  }

  #printOne({ type, data }: StreamEvent): void {
    const event = objectOf(parsed(data));
    if (type === 'start') this.#started();
    if (type === 'dropped') {
      const missed = event.count === 1 ? '1 event' : `${numberOf(event.count)} events`;
      say(`${pc.yellow('missed')} ${missed}: narrow the tail with --status or --sampling`);
    }
    if (type !== 'tail_event') return;
    process.stdout.write(this.#json ? `${data}\n` : `${eventLines(event).join('\n')}\n`);
  }

  #started(): void {
    const words = this.#isHeard === undefined ? '; Ctrl-C ends it' : ' is heard again';
    if (this.#isHeard !== true) say(`${pc.dim('tail')}   ${this.#tenant}${words}`);
    this.#isHeard = true;
  }
}

/** Nobody counted when there is none. */
const numberOf = (count: unknown): string => (typeof count === 'number' ? String(count) : 'some');

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
