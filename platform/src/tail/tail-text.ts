// A tail as text of an event stream (`text/event-stream`, as HTML defines it). Pure.
import type { TailEvent } from './tail-event.ts';

/** Why a stream ended. */
export type TailEnd = 'time_limit' | 'source_ended' | 'slow_reader';

const DETAILS: Readonly<Record<TailEnd, string>> = {
  time_limit: 'A stream lasts ten minutes at most. Open it again to go on.',
  source_ended: "The tenant's Worker is not heard any more. Open the stream again to go on.",
  slow_reader: 'What was sent was not read for a while. Open the stream again to go on.',
};

/** What a stream opens with: how soon to come back when it breaks, and where it starts. */
export function startText(id: number, retryMs: number, endsAt: string): string {
  const data = JSON.stringify({ object: 'tail', ends_at: endsAt });
  return `retry: ${retryMs}\nid: ${id}\nevent: start\ndata: ${data}\n\n`;
}

export function eventText(id: number, event: TailEvent): string {
  return `id: ${id}\nevent: tail_event\ndata: ${JSON.stringify(event)}\n\n`;
}

/** `null`: nobody counted. */
export function droppedText(count: number | null): string {
  return `event: dropped\ndata: ${JSON.stringify({ count })}\n\n`;
}

export function endText(reason: TailEnd): string {
  return `event: end\ndata: ${JSON.stringify({ reason, detail: DETAILS[reason] })}\n\n`;
}

/** Keeps the connection open, and finds out that it is not. */
export const HEARTBEAT = ': still here\n\n';
