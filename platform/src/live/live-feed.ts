// Holds the event streams of everybody who has a page open, and passes each event on to those it
// concerns. It stores nothing: a stream that breaks is opened again, from the last id it got.
import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../env.ts';
import { eventText, HEARTBEAT, openingText, resyncText } from './event-text.ts';
import type { LiveEvent } from './publish-live.ts';

const RETRY_MS = 2_000;
const HEARTBEAT_MS = 15_000;
/** How long a write takes to find out that nobody reads. */
const DISCOVERY_MS = 100;
/** Whoever may still look opens the next stream; whoever may not any more is out by then. */
const LIFE_MS = 10 * 60_000;
/** Streams of one viewer (the operator, or a tenant) and of all. */
const MAX_STREAMS_OF_ONE = 50;
const MAX_STREAMS = 1_000;
/** A reader this far behind is dropped, and reads all of its page when it is back. */
const MAX_UNREAD_BYTES = 64 * 1_024;
const KEPT_EVENTS = 200;
/** Ids are times of this object; a page's own time comes from another machine. */
const CLOCK_SKEW_MS = 2_000;

interface Stream {
  readonly viewer: string;
  /** Whom it is about; `undefined` is everybody. */
  readonly tenants: ReadonlySet<string> | undefined;
  readonly openedAt: number;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
}

interface KeptEvent {
  readonly id: number;
  readonly event: LiveEvent;
}

const encoder = new TextEncoder();

export class LiveFeed extends DurableObject<Env> {
  readonly #streams = new Set<Stream>();
  readonly #kept: KeptEvent[] = [];
  /** Everything since then is in `#kept`. */
  #since = Date.now() - CLOCK_SKEW_MS;
  #lastId = Date.now();
  #heartbeat: ReturnType<typeof setInterval> | undefined;

  /** Tells every stream that the event concerns. */
  publish(event: LiveEvent): void {
    // Ids are milliseconds, so that a page can ask for what came since it was made.
    this.#lastId = Math.max(Date.now(), this.#lastId + 1);
    const kept = { id: this.#lastId, event };
    this.#kept.push(kept);
    if (this.#kept.length > KEPT_EVENTS) this.#since = this.#kept.shift()?.id ?? this.#since;
    for (const stream of this.#streams) this.#tell(stream, kept);
  }

  /** How many streams are open. */
  streams(): number {
    return this.#streams.size;
  }

  /**
   * Opens a stream. In the query: `viewer`, whose streams are counted together; `tenant`, repeated,
   * for events of these alone; `since`, the id or the time of the last thing known. Answers 429
   * when there are too many.
   */
  override async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const viewer = searchParams.get('viewer') ?? '';
    if (this.#isFull(viewer)) {
      // A reader that left is only missed when it is written to.
      this.#beat();
      await scheduler.wait(DISCOVERY_MS);
    }
    if (this.#isFull(viewer)) return new Response(null, { status: 429 });
    const tenants = searchParams.has('tenant') ? new Set(searchParams.getAll('tenant')) : undefined;
    const since = Number(searchParams.get('since') ?? Number.NaN);
    return new Response(this.#open(viewer, tenants, since), {
      headers: { 'content-type': 'text/event-stream; charset=utf-8' },
    });
  }

  #isFull(viewer: string): boolean {
    if (this.#streams.size >= MAX_STREAMS) return true;
    const own = [...this.#streams].filter((stream) => stream.viewer === viewer);
    return own.length >= MAX_STREAMS_OF_ONE;
  }

  #open(viewer: string, tenants: Stream['tenants'], since: number): ReadableStream<Uint8Array> {
    let stream: Stream | undefined;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          stream = { viewer, tenants, openedAt: Date.now(), controller };
          this.#streams.add(stream);
          this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_MS);
          this.#send(stream, openingText(RETRY_MS, this.#lastId));
          this.#catchUp(stream, since);
        },
        cancel: () => {
          if (stream !== undefined) this.#drop(stream);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: MAX_UNREAD_BYTES }),
    );
  }

  /** Sends what came after `since`; a stream that does not say starts with what comes now. */
  #catchUp(stream: Stream, since: number): void {
    if (Number.isNaN(since)) return;
    if (since < this.#since) this.#send(stream, resyncText(this.#lastId));
    else for (const kept of this.#kept) if (kept.id > since) this.#tell(stream, kept);
  }

  /** Of an event about several tenants a stream gets only those that are its own. */
  #tell(stream: Stream, { id, event }: KeptEvent): void {
    const { tenants } = stream;
    const concerned =
      tenants === undefined ? event.tenants : event.tenants.filter((one) => tenants.has(one));
    if (tenants !== undefined && concerned.length === 0) return;
    this.#send(stream, eventText(id, event.type, concerned));
  }

  #send(stream: Stream, text: string): void {
    const { controller } = stream;
    try {
      controller.enqueue(encoder.encode(text));
      if ((controller.desiredSize ?? 0) > 0) return;
      controller.close();
    } catch {
      // Closed from the other side in between.
    }
    this.#drop(stream);
  }

  #beat(): void {
    const now = Date.now();
    for (const stream of this.#streams) {
      this.#send(stream, HEARTBEAT);
      if (now - stream.openedAt < LIFE_MS || !this.#streams.has(stream)) continue;
      stream.controller.close();
      this.#drop(stream);
    }
  }

  #drop(stream: Stream): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    if (this.#heartbeat !== undefined) clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }
}
