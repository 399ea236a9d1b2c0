// Cuts the counts of one window into messages that a queue takes. Pure; the ids are given to it.
import type { RequestCountsMessage } from './request-counts.ts';
import type { CountsByTenant } from './request-tally.ts';

/** Bytes of JSON. A queue takes 128 KB with what it adds itself. */
export const MAX_MESSAGE_BYTES = 100_000;
/** What a message holds beside its tenants. */
const FRAME_BYTES = 300;

export interface CountedWindow {
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly tenants: CountsByTenant;
}

/** As few messages as hold all tenants in their order, each below the bound. */
export function toMessages(
  window: CountedWindow,
  newMessageId: () => string,
): RequestCountsMessage[] {
  const { start, end, tenants } = window;
  const messages: RequestCountsMessage[] = [];
  let left = 0;
  let current: CountsByTenant = {};
  for (const [tenantId, counts] of Object.entries(tenants)) {
    // Ids, codes and routes are ASCII, so characters are bytes.
    const bytes = tenantId.length + JSON.stringify(counts).length + 4;
    if (messages.length === 0 || bytes > left) {
      current = {};
      left = MAX_MESSAGE_BYTES - FRAME_BYTES;
      messages.push({ object: 'request_counts', id: newMessageId(), start, end, tenants: current });
    }
    current[tenantId] = counts;
    left -= bytes;
  }
  return messages;
}
