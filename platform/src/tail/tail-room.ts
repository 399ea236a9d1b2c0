// Where a tenant's live log is listened to once and handed to all who read it: one room for each
// tenant, open while somebody reads. It stores nothing, and no reader can slow the tenant.
import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../env.ts';
import { SourceLines } from './source-lines.ts';
import type { TailEvent, TailLoss } from './tail-event.ts';
import { filterOf, tailQuery } from './tail-filter.ts';
import { TailReader } from './tail-reader.ts';
import { type OpenedSource, openTailSource, type TailSource } from './tail-source.ts';
import { eventText, HEARTBEAT, type TailEnd } from './tail-text.ts';

/** Of one tenant, by the operator and by the tenant each. */
export const MAX_TAILS = 5;

const HEARTBEAT_MS = 15_000;
/** How long a write takes to find out that nobody reads. */
const DISCOVERY_MS = 100;
/** Whoever may still read opens the next stream; whoever may not any more is out by then. */
const LIFE_MS = 10 * 60_000;
/** Losses are told together. */
const TELL_MS = 500;
/** Without readers; whoever comes back within it has missed nothing. */
const LINGER_MS = 5_000;
/** For those who come back. */
const KEPT_EVENTS = 200;
const KEPT_LENGTH = 1_000_000;

interface KeptEvent {
  readonly id: number;
  readonly event: TailEvent;
  readonly text: string;
}

export class TailRoom extends DurableObject<Env> {
  readonly #readers = new Set<TailReader>();
  #kept: KeptEvent[] = [];
  #keptLength = 0;
  /** Everything heard since then is in `#kept`. */
  #since = 0;
  #lastId = 0;
  #source: TailSource | undefined;
  #order: Promise<void> = Promise.resolve();
  #unmapped = 0;
  #opening: Promise<OpenedSource> | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #leaving: ReturnType<typeof setTimeout> | undefined;
  #telling: ReturnType<typeof setTimeout> | undefined;

  /**
   * Opens a stream. In the query: `tenant`, whose room this is; `viewer`, whose streams are counted
   * together; `since`, the id of the last event known; and what a reader may filter by. Answers 429
   * when there are too many, and 503 with `{why}` when there is nothing to listen to.
   */
  override async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const { tenant = '', viewer = '', since, ...filters } = Object.fromEntries(searchParams);
    if (!this.ctx.id.equals(this.env.TAIL_ROOM.idFromName(tenant))) {
      throw new TypeError('this is the room of another tenant');
    }
    if (this.#isFull(viewer)) {
      // A reader that left is only missed when it is written to.
      this.#beat();
      await scheduler.wait(DISCOVERY_MS);
    }
    if (this.#isFull(viewer)) return new Response(null, { status: 429 });
    const opened = await this.#listen(tenant);
    if (!opened.ok) return Response.json({ why: opened.why }, { status: 503 });
    // While the tail was opened, others came.
    if (this.#isFull(viewer)) return new Response(null, { status: 429 });
    const body = this.#open(viewer, tailQuery.parse(filters), Number(since ?? Number.NaN));
    return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
  }

  /** How many read. */
  readers(): number {
    return this.#readers.size;
  }

  /** Hands an event to everybody who wants it. Called with what the tenant's own Worker did alone. */
  heard(event: TailEvent): void {
    // Ids are milliseconds, so that they go on rising when the room was closed in between.
    this.#lastId = Math.max(Date.now(), this.#lastId + 1);
    const kept = { id: this.#lastId, event, text: eventText(this.#lastId, event) };
    this.#kept.push(kept);
    this.#keptLength += kept.text.length;
    while (this.#kept.length > KEPT_EVENTS || this.#keptLength > KEPT_LENGTH) {
      const gone = this.#kept.shift();
      this.#keptLength -= gone?.text.length ?? 0;
      this.#since = gone?.id ?? this.#since;
    }
    for (const reader of this.#readers) reader.offer(event, kept.text);
  }

  /** In the order in which they came, although stacks take their time to be mapped. */
  #later(event: TailEvent, lines: SourceLines): void {
    if (this.#unmapped >= KEPT_EVENTS) return this.lost({ dropped: 1 });
    this.#unmapped += 1;
    this.#order = this.#order.then(async () => {
      this.heard(await lines.mapped(event));
      this.#unmapped -= 1;
    });
  }

  /** Tells everybody that some were left out. */
  lost({ dropped }: TailLoss): void {
    for (const reader of this.#readers) reader.lose(dropped);
    if (this.#telling !== undefined) return;
    this.#telling = setTimeout(() => {
      this.#telling = undefined;
      for (const reader of this.#readers) reader.tellLoss();
    }, TELL_MS);
  }

  #isFull(viewer: string): boolean {
    return [...this.#readers].filter((reader) => reader.viewer === viewer).length >= MAX_TAILS;
  }

  /** One tail for all readers, whoever of them comes first. */
  async #listen(tenant: string): Promise<OpenedSource> {
    this.#stay();
    if (this.#source !== undefined) return { ok: true, source: this.#source };
    const lines = new SourceLines(this.env, tenant);
    this.#opening ??= openTailSource(this.env, tenant, {
      heard: (event) => this.#later(event, lines),
      lost: (loss) => this.lost(loss),
      ended: () => this.#end('source_ended'),
    }).finally(() => {
      this.#opening = undefined;
    });
    const opened = await this.#opening;
    if (!opened.ok || this.#source === opened.source) return opened;
    this.#source = opened.source;
    this.#kept = [];
    this.#keptLength = 0;
    this.#lastId = Math.max(Date.now(), this.#lastId + 1);
    this.#since = this.#lastId;
    // Whoever asked may be gone by now.
    this.#leaveLater();
    return opened;
  }

  #open(
    viewer: string,
    filters: ReturnType<typeof tailQuery.parse>,
    since: number,
  ): ReadableStream<Uint8Array> {
    this.#stay();
    const reader = new TailReader({
      viewer,
      passes: filterOf(filters),
      endsAt: Date.now() + LIFE_MS,
      left: () => this.#drop(reader),
    });
    this.#readers.add(reader);
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_MS);
    reader.start(this.#lastId);
    if (since < this.#since) reader.lose(null);
    for (const { id, event, text } of this.#kept) if (id > since) reader.offer(event, text);
    return reader.stream;
  }

  #beat(): void {
    const now = Date.now();
    for (const reader of this.#readers) {
      const reason = reader.isStuck
        ? 'slow_reader'
        : now >= reader.endsAt
          ? 'time_limit'
          : undefined;
      if (reason !== undefined) reader.end(reason);
      else reader.beat(HEARTBEAT);
    }
  }

  #end(reason: TailEnd): void {
    this.#source = undefined;
    for (const reader of this.#readers) reader.end(reason);
  }

  #drop(reader: TailReader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    if (this.#heartbeat !== undefined) clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
    this.#leaveLater();
  }

  #stay(): void {
    if (this.#leaving !== undefined) clearTimeout(this.#leaving);
    this.#leaving = undefined;
  }

  /** Nobody reading costs the tenant nothing. */
  #leaveLater(): void {
    this.#stay();
    this.#leaving = setTimeout(() => {
      if (this.#readers.size > 0) return;
      this.#source?.close();
      this.#source = undefined;
    }, LINGER_MS);
  }
}
