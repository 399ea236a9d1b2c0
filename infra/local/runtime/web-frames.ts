// Pure: WebSocket frames (RFC 6455) of a server that sends texts and is sent short ones. Frames come
// masked, or not: `wrangler tail` sends one that is not, which libraries refuse and Cloudflare takes.
import { createHash } from 'node:crypto';

export const OPCODE = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  readonly opcode: number;
  /** Of a message in several frames, this is not the last. */
  readonly hasMore: boolean;
  readonly payload: Buffer;
}

/** The sender does not speak the protocol, or sends too much at once. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Of `sec-websocket-accept`, to a client's `sec-websocket-key`. */
export const acceptOf = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

export function encodeFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  if (head.length === 2) head[1] = length;
  else if (head.length === 4) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}

/** A close frame's payload. */
export function closing(code: number, reason: string): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code, 0);
  payload.write(reason, 2);
  return payload;
}

/** Puts frames together from the pieces they arrive in. */
export class FrameReader {
  readonly #maxPayload: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(maxPayload: number) {
    this.#maxPayload = maxPayload;
  }

  /** The frames that are complete with `chunk`; throws `FrameError`. */
  read(chunk: Buffer): Frame[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    for (;;) {
      const frame = this.#next();
      if (frame === undefined) return frames;
      frames.push(frame);
    }
  }

  #next(): Frame | undefined {
    const [first, second] = this.#rest;
    if (first === undefined || second === undefined) return undefined;
    const isMasked = (second & 0x80) !== 0;
    const short = second & 0x7f;
    // A payload of 64 KB and more is longer than any that is allowed.
    if ((first & 0x70) !== 0 || short === 127) throw new FrameError('No such frame is expected.');
    const headLength = (short === 126 ? 4 : 2) + (isMasked ? 4 : 0);
    if (this.#rest.length < headLength) return undefined;
    const length = short === 126 ? this.#rest.readUInt16BE(2) : short;
    if (length > this.#maxPayload) throw new FrameError('The message is too long.');
    if (this.#rest.length < headLength + length) return undefined;
    const payload = Buffer.from(this.#rest.subarray(headLength, headLength + length));
    if (isMasked) unmask(payload, this.#rest.subarray(headLength - 4, headLength));
    this.#rest = this.#rest.subarray(headLength + length);
    return { opcode: first & 0x0f, hasMore: (first & 0x80) === 0, payload };
  }
}

function unmask(payload: Buffer, mask: Buffer): void {
  for (const [index, byte] of payload.entries()) payload[index] = byte ^ (mask[index % 4] ?? 0);
}
