// One minute of requests through the dispatcher's isolates, counted and cut into messages by its own
// code. It answers no request; which tenant each is for, follows from what that tenant appends.
import type { RequestCountsMessage } from '../../dispatcher/src/request-counts.ts';
import { toMessages } from '../../dispatcher/src/request-messages.ts';
import { RequestTally } from '../../dispatcher/src/request-tally.ts';
import { FAILED_SHARE, ISOLATES, READS_PER_APPEND, REFUSED_SHARE } from './assumptions.ts';
import { MINUTE_MS } from './ledger-level.ts';
import { NOW } from './measured.ts';
import type { Random } from './random.ts';

export interface CountsMessage {
  /** When it is sent, milliseconds since the minute began. */
  readonly at: number;
  readonly message: RequestCountsMessage;
}

/** One tenant's share of the minute. */
export interface TenantRequests {
  readonly tenantId: string;
  readonly appends: number;
}

export interface DispatcherLoad {
  readonly requests: number;
  readonly messages: readonly CountsMessage[];
}

interface Window {
  readonly start: number;
  readonly tally: RequestTally;
}

export function simulateRequests(
  random: Random,
  tenants: readonly TenantRequests[],
  windowMs: number,
): DispatcherLoad {
  const requests = requestsOf(random, tenants);
  const windows = new Map<number, Window>();
  const messages: CountsMessage[] = [];
  let sent = 0;
  const send = (isolate: number, { start, tally }: Window): void => {
    windows.delete(isolate);
    const at = start + windowMs;
    const window = {
      start: NOW + Math.floor(start),
      end: NOW + Math.floor(at),
      tenants: tally.take(),
    };
    const newId = (): string => `cnt_${String((sent += 1)).padStart(26, '0')}`;
    for (const message of toMessages(window, newId)) messages.push({ at, message });
  };
  for (const { at, tenantId } of requests) {
    const isolate = random.below(ISOLATES);
    const open = windows.get(isolate);
    if (open && at >= open.start + windowMs) send(isolate, open);
    const window = windows.get(isolate) ?? { start: at, tally: new RequestTally() };
    windows.set(isolate, window);
    window.tally.add(answered(random, tenantId));
  }
  for (const [isolate, window] of windows) send(isolate, window);
  return { requests: requests.length, messages: messages.toSorted((a, b) => a.at - b.at) };
}

function requestsOf(
  random: Random,
  tenants: readonly TenantRequests[],
): { at: number; tenantId: string }[] {
  const requests: { at: number; tenantId: string }[] = [];
  for (const { tenantId, appends } of tenants) {
    // A fraction is a request now and then.
    const count = Math.floor(appends * (1 + READS_PER_APPEND) + random.next());
    for (let i = 0; i < count; i += 1) requests.push({ at: random.next() * MINUTE_MS, tenantId });
  }
  return requests.toSorted((a, b) => a.at - b.at);
}

type Answered = Parameters<RequestTally['add']>[0];

function answered(random: Random, tenantId: string): Answered {
  const isWrite = random.next() * (1 + READS_PER_APPEND) < 1;
  const fate = random.next();
  const ms = random.pareto(3, 1.5, 20_000);
  const request = { tenantId, ms, method: isWrite ? 'POST' : 'GET' };
  const route = isWrite ? '/v1/facts' : '/v1/entities/{id}/state';
  if (fate < FAILED_SHARE) return { ...request, route, status: 502, code: 'worker_failed' };
  if (fate >= FAILED_SHARE + REFUSED_SHARE) {
    return { ...request, route, status: isWrite ? 201 : 200, code: '' };
  }
  const code = isWrite ? 'invariant_violated' : 'not_found';
  return { ...request, route, status: isWrite ? 422 : 404, code };
}
