// WebSocket frames as clients send them: masked or not, whole or in pieces.
import { expect, test } from 'vitest';
import {
  acceptOf,
  encodeFrame,
  FrameError,
  FrameReader,
  OPCODE,
} from '../../infra/local/runtime/web-frames.ts';

const masked = (opcode: number, text: string): Buffer => {
  const mask = Buffer.from([1, 2, 3, 4]);
  const payload = Buffer.from(text).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  const head = [0x80 | opcode, 0x80 | payload.length];
  return Buffer.concat([Buffer.from(head), mask, payload]);
};

const read = (...chunks: Buffer[]): unknown[] => {
  const reader = new FrameReader(1000);
  return chunks.flatMap((chunk) =>
    reader.read(chunk).map(({ opcode, payload }) => [opcode, payload.toString()]),
  );
};

test('the answer to a key is that of the protocol', () => {
  // The example of RFC 6455.
  expect(acceptOf('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
});

test.each([
  ['masked', masked(OPCODE.text, 'hello')],
  ['as wrangler sends its first one, not masked', encodeFrame(OPCODE.text, Buffer.from('hello'))],
])('a frame %s is read, also byte by byte', (_how, frame) => {
  expect(read(frame)).toEqual([[OPCODE.text, 'hello']]);
  expect(read(...[...frame].map((byte) => Buffer.from([byte])))).toEqual([[OPCODE.text, 'hello']]);
});

test('several frames in one piece are read in order', () => {
  const long = 'x'.repeat(500);
  const frames = [masked(OPCODE.ping, ''), encodeFrame(OPCODE.text, Buffer.from(long))];
  expect(read(Buffer.concat(frames))).toEqual([
    [OPCODE.ping, ''],
    [OPCODE.text, long],
  ]);
});

test.each([
  ['longer than is allowed', encodeFrame(OPCODE.text, Buffer.alloc(1001))],
  ['of 64 KB and more', encodeFrame(OPCODE.text, Buffer.alloc(70_000))],
  ['of an extension that was not agreed on', Buffer.from([0xc1, 0x00])],
])('a frame %s is refused', (_what, frame) => {
  expect(() => read(frame)).toThrow(FrameError);
});
