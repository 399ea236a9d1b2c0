// What of a script's events its listeners get: filters as `wrangler tail` sends them, caps, expiry.
import { expect, test } from 'vitest';
import { parseFilters, TailFilterError } from '../../infra/local/runtime/tail-filters.ts';
import { TailHub, type TailSink } from '../../infra/local/runtime/tail-hub.ts';
import { userWorkerConfig } from '../../infra/local/runtime/user-worker-config.ts';
import { MAX_EVENTS, WINDOW_MS } from '../../infra/local/worker-code/tail-protocol.ts';

const KEY = { namespace: 'customers', script: 'alice' };

interface Given {
  readonly outcome?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly message?: unknown[];
}

const event = ({ outcome = 'ok', method = 'GET', headers = {}, message = [] }: Given): string =>
  JSON.stringify({ outcome, logs: [{ message }], event: { request: { method, headers } } });

function sink(takes = Number.POSITIVE_INFINITY): TailSink & { readonly texts: string[] } {
  const texts: string[] = [];
  return {
    texts,
    send: (text) => texts.length < takes && texts.push(text) > 0,
    end: () => void texts.push('ended'),
  };
}

function listening(hub: TailHub, filters: readonly object[] = []): ReturnType<typeof sink> {
  const own = sink();
  const tail = hub.open(KEY, parseFilters({ filters }), 0);
  hub.join(tail?.id ?? '', own);
  return own;
}

const RPC = JSON.stringify({ outcome: 'ok', logs: [], event: { rpcMethod: 'add' } });

test.each<[object, string, string]>([
  [{ outcome: ['exception', 'unknown'] }, event({ outcome: 'exception' }), event({})],
  [{ method: ['POST'] }, event({ method: 'POST' }), event({})],
  [{ method: 'post' }, event({ method: 'POST' }), RPC],
  [{ header: { key: 'X-Mark' } }, event({ headers: { 'x-mark': '' } }), event({})],
  [
    { header: { key: 'x-mark', query: 'se' } },
    event({ headers: { 'x-mark': 'seen' } }),
    event({ headers: { 'x-mark': 'not' } }),
  ],
  [{ query: 'needle' }, event({ message: ['a', { in: 'a needle' }] }), event({ message: ['hay'] })],
  [
    { client_ip: ['203.0.113.9'] },
    event({ headers: { 'cf-connecting-ip': '203.0.113.9' } }),
    event({}),
  ],
  [{ client_ip: ['self'] }, event({}), event({ headers: { 'cf-connecting-ip': '203.0.113.9' } })],
])('the filter %j', (filter, passing, refused) => {
  const hub = new TailHub();
  const { texts } = listening(hub, [filter]);
  hub.publish({ ...KEY, events: [refused, passing], dropped: 0 }, 0);
  expect(texts).toEqual([passing]);
});

test('a sampling rate lets its share through; filters have to pass all', () => {
  const chances = [0.1, 0.9, 0.2];
  const hub = new TailHub(() => chances.shift() ?? 1);
  const { texts } = listening(hub, [{ method: ['GET'] }, { sampling_rate: 0.5 }]);
  const events = [event({}), event({ method: 'POST' }), event({}), event({ outcome: 'third' })];
  hub.publish({ ...KEY, events, dropped: 0 }, 0);
  expect(texts).toEqual([event({}), event({ outcome: 'third' })]);
});

test.each([
  { filters: 'all' },
  { filters: [{}] },
  { filters: [{ sampling_rate: 0 }] },
  { filters: [{ method: ['GET'], query: 'two at once' }] },
  { filters: [{ scriptVersion: 'not offered' }] },
  { filters: [null] },
])('%j is refused', (body) => {
  expect(() => parseFilters(body)).toThrow(TailFilterError);
});

test('a listener gets so many events a second, is told how many it did not, and when it is over', () => {
  const hub = new TailHub();
  const { texts } = listening(hub);
  const events = Array.from({ length: MAX_EVENTS + 7 }, () => event({}));
  hub.publish({ ...KEY, events, dropped: 5 }, 0);
  expect(texts).toHaveLength(MAX_EVENTS + 1);
  expect(texts.at(-1)).toContain('"type":"overload"');
  expect(texts.at(-1)).toContain('(12 dropped)');
  hub.publish({ ...KEY, events: [event({})], dropped: 0 }, 2 * WINDOW_MS);
  expect(texts.slice(-2)).toEqual([event({}), expect.stringContaining('"type":"overload-stop"')]);
});

test('what a slow listener does not take is counted, not kept', () => {
  const hub = new TailHub();
  const slow = sink(2);
  hub.join(hub.open(KEY, [], 0)?.id ?? '', slow);
  hub.publish({ ...KEY, events: [event({}), event({}), event({}), event({})], dropped: 0 }, 0);
  expect(slow.texts).toHaveLength(2);
});

test('a script is watched as long as it has a tail; its process is told when it has none', () => {
  const hub = new TailHub();
  const batch = { ...KEY, events: [], dropped: 0 };
  expect(hub.publish(batch, 0)).toBe(false);
  expect(hub.quietUntilMs(KEY)).toBeGreaterThan(0);
  const tail = hub.open(KEY, [], 0);
  expect([hub.isWatched(KEY), hub.isAccountWatched(), hub.publish(batch, 0)]).toEqual([
    true,
    false,
    true,
  ]);
  hub.open({ namespace: '', script: 'router' }, [], 0);
  expect(hub.isAccountWatched()).toBe(true);
  hub.close(tail?.id ?? '');
  expect([hub.isWatched(KEY), hub.publish(batch, 0)]).toEqual([false, false]);
});

test('a tail that nobody came for ends after a minute, one with a listener after hours', () => {
  const hub = new TailHub();
  const { texts } = listening(hub);
  hub.open(KEY, [], 0);
  expect(hub.list(KEY)).toHaveLength(2);
  hub.expire(60_000);
  expect(hub.list(KEY)).toHaveLength(1);
  const [{ expiresAtMs } = { expiresAtMs: 0 }] = hub.list(KEY);
  hub.expire(expiresAtMs);
  expect([hub.list(KEY), texts]).toEqual([[], ['ended']]);
});

test('a process that nobody tails has nothing to tell with, one that is tailed says whose it is', () => {
  const code = {
    metadata: {},
    etag: '',
    bindings: [],
    modules: [],
    secrets: new Map<string, string>(),
    classes: [],
  };
  const place = {
    ...KEY,
    storageDir: 'storage',
    frontAddress: '',
    frontToken: '',
    supervisorAddress: '',
  };
  const tailsOf = (isTailed: boolean): unknown[] =>
    (userWorkerConfig(code, { ...place, isTailed }).services ?? []).flatMap((service) =>
      'worker' in service ? [service.worker?.tails] : [],
    );
  expect(tailsOf(false)).toEqual([undefined, undefined]);
  expect(tailsOf(true)).toContainEqual([{ name: 'tail', props: { json: JSON.stringify(KEY) } }]);
});
