// Hears what a tailed Worker did (its process's `tails` names this) and tells the supervisor, in
// batches and never more than the limits. It keeps nothing that has been told or dropped.
import {
  MAX_EVENT_TEXT,
  MAX_EVENTS,
  MAX_TEXT,
  QUIET_MS,
  type TailAnswer,
  type TailBatch,
  type TailKey,
  WINDOW_MS,
} from './tail-protocol.ts';

interface TailEnv {
  /** The supervisor of user Worker processes, on a unix socket. */
  readonly SUPERVISOR: Fetcher;
}

/** A report that takes longer was cut off with the event it belonged to. */
const REPORT_LIMIT_MS = 10_000;

/** One script's events on their way. Plain data: the events that share it share no I/O. */
class Voice {
  #events: string[] = [];
  #dropped = 0;
  #windowMs = 0;
  #count = 0;
  #length = 0;
  #quietUntilMs = 0;
  #reportingSinceMs = Number.NEGATIVE_INFINITY;

  isQuiet(nowMs: number): boolean {
    return nowMs < this.#quietUntilMs;
  }

  quiet(nowMs: number): void {
    this.#quietUntilMs = nowMs + QUIET_MS;
    this.#events = [];
    this.#dropped = 0;
  }

  add(write: () => string, nowMs: number): void {
    if (nowMs - this.#windowMs >= WINDOW_MS) {
      this.#windowMs = nowMs;
      this.#count = 0;
      this.#length = 0;
    }
    // What is still to be told counts, too: the supervisor may be slow.
    const isFull = this.#count >= MAX_EVENTS || this.#events.length >= MAX_EVENTS;
    const text = isFull ? undefined : write();
    const room = Math.min(MAX_EVENT_TEXT, MAX_TEXT - this.#length);
    if (text === undefined || text.length > room) {
      this.#dropped += 1;
      return;
    }
    this.#count += 1;
    this.#length += text.length;
    this.#events.push(text);
  }

  /** Whether the caller is the one who is to report from here on. */
  begins(nowMs: number): boolean {
    if (nowMs - this.#reportingSinceMs < REPORT_LIMIT_MS) return false;
    this.#reportingSinceMs = nowMs;
    return true;
  }

  goesOn(nowMs: number): void {
    this.#reportingSinceMs = nowMs;
  }

  ends(): void {
    this.#reportingSinceMs = Number.NEGATIVE_INFINITY;
  }

  get isEmpty(): boolean {
    return this.#events.length === 0 && this.#dropped === 0;
  }

  /** Only a number of dropped ones is left to be told, which can wait until it is complete. */
  get mayWait(): boolean {
    return this.#events.length === 0 && this.#dropped > 0;
  }

  take(): Pick<TailBatch, 'events' | 'dropped'> {
    const taken = { events: this.#events, dropped: this.#dropped };
    this.#events = [];
    this.#dropped = 0;
    return taken;
  }
}

/** By namespace and script. */
const voices = new Map<string, Voice>();

function voiceOf({ namespace, script }: TailKey): Voice {
  const key = JSON.stringify([namespace, script]);
  const found = voices.get(key);
  if (found !== undefined) return found;
  const voice = new Voice();
  voices.set(key, voice);
  return voice;
}

async function report(voice: Voice, env: TailEnv, key: TailKey): Promise<void> {
  try {
    while (!voice.isEmpty) {
      if (voice.mayWait) await scheduler.wait(WINDOW_MS);
      voice.goesOn(Date.now());
      const batch: TailBatch = { ...key, ...voice.take() };
      const init = { method: 'POST', body: JSON.stringify(batch) };
      const response = await env.SUPERVISOR.fetch('http://supervisor/tail', init);
      const { watched } = await response.json<TailAnswer>();
      if (!watched) voice.quiet(Date.now());
    }
  } catch {
    // The supervisor is ending; so is this process.
    voice.quiet(Date.now());
  } finally {
    voice.ends();
  }
}

/** As Cloudflare's `trace-v1` has it. */
function toText(item: TraceItem, { namespace, script }: TailKey): string {
  const { event, eventTimestamp, logs, exceptions, diagnosticsChannelEvents } = item;
  const { entrypoint, durableObjectId, outcome, executionModel, truncated } = item;
  return JSON.stringify({
    wallTime: item.wallTime,
    cpuTime: item.cpuTime,
    truncated,
    executionModel,
    outcome,
    scriptName: script,
    ...(namespace !== '' && { dispatchNamespace: namespace }),
    ...(entrypoint !== undefined && { entrypoint }),
    ...(durableObjectId !== undefined && { durableObjectId }),
    diagnosticsChannelEvents,
    exceptions,
    logs,
    eventTimestamp,
    event,
  });
}

export default {
  tail(items, env, ctx) {
    const key = ctx.props;
    const voice = voiceOf(key);
    const nowMs = Date.now();
    if (voice.isQuiet(nowMs)) return;
    for (const item of items) voice.add(() => toText(item, key), nowMs);
    if (voice.begins(nowMs)) ctx.waitUntil(report(voice, env, key));
  },
} satisfies ExportedHandler<TailEnv, unknown, unknown, TailKey>;
