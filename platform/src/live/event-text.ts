// Live events as text of an event stream (`text/event-stream`, as HTML defines it). Pure.
import type { LiveEvent } from './publish-live.ts';

/** What a stream opens with: how soon to come back when it breaks, and where it starts. */
export function openingText(retryMs: number, id: number): string {
  return `retry: ${retryMs}\nid: ${id}\n\n`;
}

/** An event under its id; `tenants` is all that it says of whom it is about. */
export function eventText(id: number, type: LiveEvent['type'], tenants: readonly string[]): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ tenants })}\n\n`;
}

/** Events are missing here: what is shown must be read again, whatever it is. */
export function resyncText(id: number): string {
  return `id: ${id}\nevent: resync\ndata: {}\n\n`;
}

/** Keeps the connection open, and finds out that it is not. */
export const HEARTBEAT = ': still here\n\n';
