// `z0 tail` between a platform that ends, breaks, moves or refuses its stream, and a person at a
// terminal. The streams here are served by the test, so that they break where it says.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { eventLines } from '../../infra/cli/tail/event-lines.ts';
import { eventsOf, type StreamEvent } from '../../infra/cli/tail/event-stream.ts';

const Z0 = fileURLToPath(new URL('../../infra/bin/z0.js', import.meta.url));
const START = 'id: 1\nevent: start\ndata: {"object":"tail"}\n\n';
const END = (reason: string): string => `event: end\ndata: {"reason":"${reason}","detail":"x"}\n\n`;

const saying = (id: number, text: string): string => {
  const logs = [{ time: '', level: 'log', text }];
  const event = { type: 'fetch', method: 'GET', path: '/', status: 200 };
  const data = { object: 'tail_event', time: '', outcome: 'ok', cause: 'ok', event, logs };
  return `id: ${id}\nevent: tail_event\ndata: ${JSON.stringify(data)}\n\n`;
};

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

let folder: string;
const servers: Server[] = [];
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'z0-tail-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

/** A platform at an address of its own, which is written where the command looks for it. */
async function startServer(): Promise<{ asked: Asked[]; end: () => void }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => asked.push({ request, response }));
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const state = { platform_url: `http://127.0.0.1:${port}`, operator_token: 'secret' };
  writeFileSync(join(folder, 'local.json'), JSON.stringify(state));
  const end = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { asked, end };
}

interface Tail {
  readonly child: ChildProcess;
  readonly texts: { out: string; err: string };
}

function tail(...options: string[]): Tail {
  const args = [Z0, 'tail', '--tenant', 'acme', '--state', folder, ...options];
  const env = { ...process.env, NO_COLOR: '1' };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const texts = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    texts.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    texts.err += chunk.toString();
  });
  return { child, texts };
}

const WAIT = { timeout: 20_000, interval: 20 };

async function next(asked: Asked[], index: number): Promise<Asked> {
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(index), WAIT);
  const one = asked[index];
  if (one === undefined) throw new Error('nothing was asked');
  return one;
}

function stream({ response }: Asked, text: string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(text);
}

const printed = ({ texts }: Tail, text: string): Promise<void> =>
  vi.waitFor(() => expect(texts.out).toContain(text), WAIT);

describe('a stream', () => {
  test('that reached its time is opened again, from where it was and without a word', async () => {
    const { asked } = await startServer();
    const tailing = tail('--status', 'ok', '--search', 'a b');
    const first = await next(asked, 0);
    expect(first.request.url).toBe('/v1/tenants/acme/tail?status=ok&search=a+b');
    expect(first.request.headers.authorization).toBe('Bearer secret');
    expect(first.request.headers['last-event-id']).toBeUndefined();
    stream(first, START + saying(5, 'one') + END('time_limit'));
    first.response.end();
    const second = await next(asked, 1);
    expect(second.request.headers['last-event-id']).toBe('5');
    stream(second, START + saying(6, 'two'));
    await printed(tailing, 'two');
    expect(tailing.texts.err).toBe('tail   acme; Ctrl-C ends it\n');
    tailing.child.kill('SIGINT');
    expect(await once(tailing.child, 'exit')).toEqual([0, null]);
  });

  test('that broke with its platform is opened where that is started again, which is said', async () => {
    const before = await startServer();
    const tailing = tail('--json');
    stream(await next(before.asked, 0), START + saying(5, 'one'));
    await printed(tailing, 'one');
    before.end();
    await vi.waitFor(() => expect(tailing.texts.err).toContain('the stream broke'), WAIT);
    const after = await startServer();
    const starting = await next(after.asked, 0);
    starting.response.writeHead(503, { 'content-type': 'application/problem+json' });
    starting.response.end('{"code":"not_ready"}');
    const ready = await next(after.asked, 1);
    expect(ready.request.headers['last-event-id']).toBe('5');
    stream(ready, START + saying(6, 'two'));
    await printed(tailing, 'two');
    const lines = tailing.texts.out.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { object: string }).object)).toEqual([
      'tail_event',
      'tail_event',
    ]);
    expect(tailing.texts.err.trim().split('\n')).toEqual([
      'tail   acme; Ctrl-C ends it',
      'lost   the stream broke; it is opened again',
      'tail   acme is heard again',
    ]);
  });

  test('that is refused ends the command with the reason', async () => {
    const { asked } = await startServer();
    const tailing = tail();
    const { response } = await next(asked, 0);
    response.writeHead(501, { 'content-type': 'application/problem+json' });
    const detail = 'Cloudflare has none.';
    response.end(
      JSON.stringify({ title: 'Live logs cannot be had here', code: 'tail_unavailable', detail }),
    );
    expect(await once(tailing.child, 'exit')).toEqual([1, null]);
    expect(tailing.texts.err).toContain('Live logs cannot be had here (501 tail_unavailable)');
    expect(tailing.texts.err).toContain(detail);
  });

  test('says how many events were left out', async () => {
    const { asked } = await startServer();
    const tailing = tail();
    stream(
      await next(asked, 0),
      `${START}event: dropped\ndata: {"count":12}\n\n${saying(9, 'on')}`,
    );
    await printed(tailing, 'on');
    expect(tailing.texts.err).toContain('missed 12 events');
  });

  test('that nobody reads any more ends the command', async () => {
    const { asked } = await startServer();
    const tailing = tail();
    const first = await next(asked, 0);
    stream(first, START);
    await vi.waitFor(() => expect(tailing.texts.err).toContain('Ctrl-C'), WAIT);
    tailing.child.stdout?.destroy();
    const ended = once(tailing.child, 'exit');
    for (let id = 2; id < 6; id += 1) first.response.write(saying(id, 'x'));
    expect(await ended).toEqual([0, null]);
  });
});

test('where no platform was started the command says how to start one', async () => {
  const tailing = tail();
  expect(await once(tailing.child, 'exit')).toEqual([1, null]);
  expect(tailing.texts.err).toContain('nothing runs here');
});

test('events are read whole, however the stream is cut into pieces', async () => {
  const text = `: comment\n\n${START}${saying(3, 'ä\u{1f600}')}data: plain\n\nid: 4\n\n`;
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 2, 3, 7, 1_000]) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) {
          controller.enqueue(bytes.subarray(at, at + size));
        }
        controller.close();
      },
    });
    const events: StreamEvent[] = [];
    for await (const event of eventsOf(body)) events.push(event);
    expect(events.map(({ type, id }) => [type, id])).toEqual([
      ['start', '1'],
      ['tail_event', '3'],
      ['message', '3'],
    ]);
    expect(events[1]?.data).toContain('ä\u{1f600}');
  }
});

describe('an event as lines', () => {
  const lines = (event: Record<string, unknown>): string[] => eventLines(event);
  const request = { type: 'fetch', method: 'GET', path: '/x', status: 200 };
  const usual = { time: '2026-10-01T12:00:00.123Z', outcome: 'ok', cause: 'ok', event: request };

  test('names time, outcome, request, answer and how long it took', () => {
    expect(lines({ ...usual, wall_ms: 12.4 })).toEqual(['12:00:00.123 ok       GET /x 200 12 ms']);
    const alarm = { type: 'alarm', method: null, path: null, status: null };
    const slow = { ...usual, outcome: 'error', cause: 'exceededCpu', event: alarm };
    expect(lines({ ...slow, entrypoint: 'NoteLedger' })).toEqual([
      '12:00:00.123 error    (exceededCpu) alarm NoteLedger',
    ]);
  });

  test('has what was logged and thrown under it', () => {
    const logs = [{ level: 'warn', text: 'one\ntwo' }];
    const exceptions = [{ name: 'RangeError', message: 'no', stack: 'at a (b.ts:1:2)\nat c' }];
    expect(lines({ ...usual, logs, exceptions, truncated: true }).slice(1)).toEqual([
      '  warn  one\n  two',
      '  RangeError: no',
      '    at a (b.ts:1:2)\n    at c',
      '  … what was too long is left out',
    ]);
  });

  test('cannot steer the terminal', () => {
    const logs = [{ level: 'log', text: '\u001b[2J\u0007\u009b1m\u202eevil\r\tx' }];
    expect(lines({ ...usual, logs })[1]).toBe(
      '  log   \\u001b[2J\\u0007\\u009b1m\\u202eevil\\u000d\tx',
    );
  });
});
