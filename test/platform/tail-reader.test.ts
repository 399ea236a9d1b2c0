// One reader of a live log: it gets what it asked for, is told what it missed, and makes nobody wait.
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TailEvent } from '../../platform/src/tail/tail-event.ts';
import { TailReader } from '../../platform/src/tail/tail-reader.ts';
import { eventText } from '../../platform/src/tail/tail-text.ts';

const EVENT: TailEvent = {
  object: 'tail_event',
  time: '2026-10-01T12:00:00.000Z',
  outcome: 'ok',
  cause: 'ok',
  event: { type: 'other', method: null, path: null, status: null },
  entrypoint: null,
  durable_object_id: null,
  cpu_ms: null,
  wall_ms: null,
  logs: [],
  exceptions: [],
  truncated: false,
};
const LARGE = 'x'.repeat(100_000);

interface Opened {
  readonly reader: TailReader;
  /** All that it was sent, until it ended. */
  readonly rest: () => Promise<string>;
  readonly left: () => number;
}

function open(passes = true): Opened {
  let count = 0;
  const reader = new TailReader({
    viewer: 'operator',
    passes: () => passes,
    endsAt: Date.UTC(2026, 9, 1),
    left: () => {
      count += 1;
    },
  });
  onTestFinished(() => reader.end('time_limit'));
  return { reader, rest: () => new Response(reader.stream).text(), left: () => count };
}

describe('a reader', () => {
  it('is told where it starts, what was heard, and why it ended', async () => {
    const { reader, rest, left } = open();
    reader.start(7);
    reader.offer(EVENT, eventText(8, EVENT));
    reader.end('time_limit');
    const blocks = (await rest()).split('\n\n');
    expect(blocks[0]).toBe(
      'retry: 2000\nid: 7\nevent: start\ndata: {"object":"tail","ends_at":"2026-10-01T00:00:00.000Z"}',
    );
    expect(blocks[1]).toBe(`id: 8\nevent: tail_event\ndata: ${JSON.stringify(EVENT)}`);
    expect(blocks[2]).toContain('event: end\ndata: {"reason":"time_limit"');
    expect(left()).toBe(1);
  });

  it('gets nothing that it did not ask for', async () => {
    const { reader, rest } = open(false);
    reader.offer(EVENT, 'unwanted');
    reader.end('source_ended');
    expect(await rest()).not.toContain('unwanted');
  });

  it('that does not read loses events, and is told how many before the next one', async () => {
    const { reader, rest } = open();
    for (let i = 0; i < 10; i += 1) reader.offer(EVENT, `${i}${LARGE}\n\n`);
    const text = rest();
    await scheduler.wait(0);
    reader.offer(EVENT, 'the next one\n\n');
    reader.end('time_limit');
    const read = await text;
    expect(read.split(LARGE).length - 1).toBe(3);
    expect(read).toContain('event: dropped\ndata: {"count":7}\n\nthe next one');
  });

  it('is told that some were lost when nobody counted them', async () => {
    const { reader, rest } = open();
    reader.lose(3);
    reader.lose(null);
    reader.lose(2);
    reader.end('source_ended');
    expect(await rest()).toContain('event: dropped\ndata: {"count":null}');
  });

  it('is stuck when two heartbeats found no room, and not when one did', () => {
    const { reader } = open();
    reader.beat(': 1\n\n');
    reader.beat(': 2\n\n');
    expect(reader.isStuck).toBe(false);
    for (let i = 0; i < 3; i += 1) reader.offer(EVENT, LARGE);
    reader.beat(': 3\n\n');
    expect(reader.isStuck).toBe(false);
    reader.beat(': 4\n\n');
    expect(reader.isStuck).toBe(true);
  });

  it('that goes away is let go once, and costs nothing afterwards', async () => {
    const { reader, left } = open();
    await reader.stream.cancel();
    reader.offer(EVENT, 'x');
    reader.beat('x');
    reader.end('time_limit');
    expect(left()).toBe(1);
  });
});
