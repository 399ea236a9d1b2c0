// What readers of a live log are told, of what the runtime says: never a header, a query or a body, and
// never of another script.
import { describe, expect, it } from 'vitest';
import { maskSecrets } from '../../platform/src/tail/mask-secrets.ts';
import { readTraced } from '../../platform/src/tail/read-traced.ts';
import { SourceMap } from '../../platform/src/tail/source-map.ts';
import type { TailEvent } from '../../platform/src/tail/tail-event.ts';
import { filterOf, tailQuery } from '../../platform/src/tail/tail-filter.ts';

const WHOSE = { script: 'tenant-acme', namespace: 'z0-tenants' };
const AT = Date.UTC(2026, 9, 1, 12);

const traced = (more: object = {}): string =>
  JSON.stringify({
    outcome: 'ok',
    scriptName: 'tenant-acme',
    dispatchNamespace: 'z0-tenants',
    eventTimestamp: AT,
    cpuTime: 0,
    wallTime: 12,
    truncated: false,
    logs: [],
    exceptions: [],
    event: {
      request: {
        method: 'POST',
        url: 'https://api.test/x/pay?token=geheim#part',
        headers: { authorization: 'Bearer geheim', cookie: 'a=geheim', 'x-z0-tenant-id': 'acme' },
      },
      response: { status: 201 },
    },
    ...more,
  });

function eventOf(more: object = {}): TailEvent {
  const read = readTraced(traced(more), WHOSE);
  if (read === undefined || 'dropped' in read) throw new Error('no event');
  return read;
}

const log = (level: string, ...message: unknown[]): object => ({ level, message, timestamp: AT });

describe('an event', () => {
  it('says when, how and what, and nothing of headers, query or fragment', () => {
    const event = eventOf({ entrypoint: 'AccountLedger', durableObjectId: 'ab12' });
    expect(event).toEqual({
      object: 'tail_event',
      time: '2026-10-01T12:00:00.000Z',
      outcome: 'ok',
      cause: 'ok',
      event: { type: 'fetch', method: 'POST', path: '/x/pay', status: 201 },
      entrypoint: 'AccountLedger',
      durable_object_id: 'ab12',
      cpu_ms: null,
      wall_ms: 12,
      logs: [],
      exceptions: [],
      truncated: false,
    });
    expect(JSON.stringify(event)).not.toContain('geheim');
  });

  it.each([
    ['ok', {}],
    ['error', { outcome: 'exceededCpu' }],
    ['error', { exceptions: [{ name: 'Error', message: 'no', timestamp: AT }] }],
    [
      'error',
      { event: { request: { method: 'GET', url: 'https://a/' }, response: { status: 500 } } },
    ],
    ['canceled', { outcome: 'canceled' }],
    ['canceled', { outcome: 'responseStreamDisconnected' }],
  ])('ended %s: %j', (outcome, more) => {
    expect(eventOf(more).outcome).toBe(outcome);
  });

  it.each([
    ['rpc', 'append', { rpcMethod: 'append' }],
    ['alarm', null, { scheduledTime: '2026-10-01T12:00:00Z' }],
    ['scheduled', '*/5 * * * *', { cron: '*/5 * * * *', scheduledTime: AT }],
    ['queue', 'jobs', { queue: 'jobs', batchSize: 2 }],
    ['other', null, null],
  ])('of type %s has the name %s', (type, method, event) => {
    expect(eventOf({ event }).event).toEqual({ type, method, path: null, status: null });
  });

  it('has logs as a console prints them, each with its level', () => {
    const logs = [
      log('log', 'paid', { cents: [1, null] }, 3),
      log('shout', 'loud'),
      log('warn', null),
    ];
    expect(eventOf({ logs }).logs.map(({ level, text }) => [level, text])).toEqual([
      ['log', 'paid {"cents":[1,null]} 3'],
      ['log', 'loud'],
      ['warn', 'null'],
    ]);
  });

  it('tells an error that was logged alone as an exception, without frames of the template', () => {
    const stack = '    at pay (custom/ledgers.js:3:9)\n    at a (z0/template.js:1:2)';
    const written = log('error', `RangeError: too\nmuch\n${stack}`);
    const given = {
      ...log('error', 'RangeError: too\nmuch'),
      errorInfo: [{ name: 'RangeError', message: 'too\nmuch', stack }],
    };
    for (const one of [written, given]) {
      const { logs, exceptions, outcome } = eventOf({ logs: [one] });
      expect({ logs, outcome }).toEqual({ logs: [], outcome: 'ok' });
      expect(exceptions).toEqual([
        {
          time: '2026-10-01T12:00:00.000Z',
          name: 'RangeError',
          message: 'too\nmuch',
          stack: 'at pay (custom/ledgers.js:3:9)',
        },
      ]);
    }
  });

  it('is cut where it is too long, and says so', () => {
    expect(eventOf({ logs: [log('log', 'x'.repeat(10_000))] })).toMatchObject({
      truncated: true,
      logs: [{ text: 'x'.repeat(4_096) }],
    });
    const many = eventOf({ logs: Array.from({ length: 150 }, () => log('log', 'x')) });
    expect([many.logs.length, many.truncated]).toEqual([100, true]);
  });

  it.each([
    ['another script', { scriptName: 'tenant-globex' }],
    ['the same name in another namespace', { dispatchNamespace: 'others' }],
    ['an account Worker', { dispatchNamespace: undefined }],
    ['nobody', { scriptName: undefined }],
  ])('of %s is none', (_whose, more) => {
    expect(readTraced(traced(more), WHOSE)).toBeUndefined();
  });

  it.each(['', 'null', '[]', '{"outcome":1}', '{', traced({ logs: 'no' })])(
    'is not made of %s',
    (text) => {
      expect(readTraced(text, WHOSE)).toBeUndefined();
    },
  );

  it('that was left out is counted, when somebody counted', () => {
    const overload = (message: string): string =>
      traced({ dispatchNamespace: undefined, event: { type: 'overload', message } });
    expect(readTraced(overload('Too much. (7 dropped)'), WHOSE)).toEqual({ dropped: 7 });
    expect(readTraced(overload('Too much.'), WHOSE)).toEqual({ dropped: null });
    const over = traced({ event: { type: 'overload-stop', message: 'over' } });
    expect(readTraced(over, WHOSE)).toBeUndefined();
  });
});

describe('a text', () => {
  it.each([
    ['authorization: Bearer abcdefghijkl', 'authorization: …'],
    ['{"Cookie":"a=b; c=d"}', '{"Cookie":"…"}'],
    ['sent bearer abcdefghijkl to', 'sent bearer … to'],
    ['key z0_live_0123456789abcdefghijklmnop_secret0123 used', 'key z0_live_0123… used'],
    ['jwt eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl end', 'jwt eyJ… end'],
    ['the bearer of news', 'the bearer of news'],
  ])('loses what looks like a credential: %s', (text, masked) => {
    expect(maskSecrets(text)).toBe(masked);
  });
});

describe('a filter', () => {
  const passes = (query: object, more: object = {}, random = 0.5): boolean =>
    filterOf(tailQuery.parse(query))(eventOf(more), () => random);

  it.each([
    [true, {}],
    [true, { status: '', method: '', search: '' }],
    [true, { status: 'ok,canceled' }],
    [false, { status: 'error' }],
    [true, { method: 'get,post' }],
    [false, { method: 'GET' }],
    [true, { search: '/X/PAY' }],
    [false, { search: 'geheim' }],
    [true, { sampling: '0.6' }],
    [false, { sampling: '0.4' }],
  ])('answers %s for %j', (expected, query) => {
    expect(passes(query)).toBe(expected);
  });

  it('finds text in logs, exceptions and names', () => {
    const logs = [log('log', 'a Needle here')];
    const exceptions = [{ name: 'NeedleError', message: 'x', timestamp: AT }];
    expect(passes({ search: 'needle' }, { logs })).toBe(true);
    expect(passes({ search: 'needle' }, { exceptions })).toBe(true);
    expect(passes({ search: 'needle' }, { entrypoint: 'NeedleLedger' })).toBe(true);
    expect(passes({ search: 'needle' })).toBe(false);
  });

  it.each([
    { status: 'sad' },
    { method: 'G T' },
    { sampling: '0' },
    { sampling: '2' },
    { other: '1' },
  ])('is refused: %j', (query) => {
    expect(tailQuery.safeParse(query).success).toBe(false);
  });
});

describe('a source map', () => {
  const withMap = (map: object): string =>
    `code();\n//# sourceMappingURL=data:application/json;base64,${btoa(JSON.stringify(map))}\n`;

  // Line 1: column 0 from a.ts 1:1, column 4 from b.ts 11:3. Line 2: nothing. Line 3: from b.ts 10:1.
  const mappings = 'AAAA,ICUE;;AADF';

  it('tells where a place comes from', () => {
    const map = SourceMap.of(withMap({ version: 3, sources: ['a.ts', 'b.ts'], mappings }));
    expect(map?.placeOf({ line: 1, column: 3 })).toMatchObject({
      source: 'a.ts',
      line: 1,
      column: 1,
    });
    expect(map?.placeOf({ line: 1, column: 9 })).toMatchObject({
      source: 'b.ts',
      line: 11,
      column: 3,
    });
    expect(map?.placeOf({ line: 3, column: 1 })).toMatchObject({
      source: 'b.ts',
      line: 10,
      column: 1,
    });
    expect(map?.placeOf({ line: 2, column: 1 })).toBeUndefined();
    expect(map?.placeOf({ line: 99, column: 1 })).toBeUndefined();
  });

  it.each([
    ['none', 'code();'],
    ['another version', withMap({ version: 2, sources: [], mappings: '' })],
    ['no JSON', 'x\n//# sourceMappingURL=data:application/json;base64,e30\n'],
  ])('that is not usable counts as none: %s', (_what, content) => {
    expect(SourceMap.of(content)).toBeUndefined();
  });

  it('made to mislead leads nowhere', () => {
    const map = SourceMap.of(
      withMap({ version: 3, sources: ['a.ts'], mappings: 'AEEE,!!!!,gggggggggggg' }),
    );
    expect(map?.placeOf({ line: 1, column: 1 })).toBeUndefined();
  });
});
