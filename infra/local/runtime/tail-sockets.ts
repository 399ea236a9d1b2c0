// The listeners' side of tails: WebSockets on the API's own port. Who has a tail's address may listen;
// nothing is asked of them beyond its protocol.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { parseFilters, TailFilterError } from './tail-filters.ts';
import type { TailHub } from './tail-hub.ts';
import {
  acceptOf,
  closing,
  encodeFrame,
  type Frame,
  FrameError,
  FrameReader,
  OPCODE,
} from './web-frames.ts';

const PATH = '/tails/';
const PROTOCOL = 'trace-v1';
/** What a listener may send at once; it sends filters. */
const MAX_PAYLOAD = 16 * 1024;
/** What may wait for a listener that reads slowly; bytes. */
const MAX_WAITING = 1024 * 1024;
/** Told to who listened to the end; `wrangler tail` opens a new one. */
const EXPIRED = 4001;
const NOT_UNDERSTOOD = 1008;
const EXPIRE_INTERVAL_MS = 10_000;

export const tailPath = (id: string): string => `${PATH}${id}`;

/** Anything that takes WebSockets: an HTTP server. */
interface Upgrading {
  on(
    event: 'upgrade',
    listener: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
  ): unknown;
}

/** Serves the tails of `hub` until the answer is called, which ends every listener's socket. */
export function serveTails(server: Upgrading, hub: TailHub): () => void {
  const open = new Set<Duplex>();
  const timer = setInterval(() => hub.expire(Date.now()), EXPIRE_INTERVAL_MS);
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const refusal = refusalOf(request);
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.write(welcome(request));
    new Listener(hub, (request.url ?? '').slice(PATH.length), socket).heard(head);
  });
  return () => {
    clearInterval(timer);
    for (const socket of open) socket.destroy();
  };
}

function refusalOf({ url = '', headers }: IncomingMessage): string | undefined {
  if (!url.startsWith(PATH)) return '404 Not Found';
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const isSocket = headers['sec-websocket-version'] === '13' && headers['sec-websocket-key'];
  return isSocket && offered.includes(PROTOCOL) ? undefined : '400 Bad Request';
}

function welcome({ headers }: IncomingMessage): string {
  return [
    'HTTP/1.1 101 Switching Protocols',
    'upgrade: websocket',
    'connection: upgrade',
    `sec-websocket-accept: ${acceptOf(headers['sec-websocket-key'] ?? '')}`,
    `sec-websocket-protocol: ${PROTOCOL}`,
    '\r\n',
  ].join('\r\n');
}

class Listener {
  readonly #hub: TailHub;
  readonly #id: string;
  readonly #socket: Duplex;
  readonly #reader = new FrameReader(MAX_PAYLOAD);
  #message = '';

  constructor(hub: TailHub, id: string, socket: Duplex) {
    this.#hub = hub;
    this.#id = id;
    this.#socket = socket;
    const sink = {
      send: (text: string) => this.#send(text),
      end: () => this.#close(EXPIRED, 'The tail is over.'),
    };
    socket.on('end', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => this.heard(chunk));
    if (hub.join(id, sink)) socket.on('close', () => hub.close(id));
    else this.#close(EXPIRED, 'There is no such tail; create one.');
  }

  heard(chunk: Buffer): void {
    try {
      for (const frame of this.#reader.read(chunk)) this.#take(frame);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#close(NOT_UNDERSTOOD, error.message);
    }
  }

  #take({ opcode, payload, hasMore }: Frame): void {
    if (opcode === OPCODE.ping) this.#socket.write(encodeFrame(OPCODE.pong, payload));
    else if (opcode === OPCODE.close) this.#end(encodeFrame(OPCODE.close, payload));
    else if (opcode === OPCODE.text || opcode === OPCODE.more) {
      this.#message += payload.toString();
      if (this.#message.length > MAX_PAYLOAD) throw new FrameError('The message is too long.');
      if (hasMore) return;
      this.#refilter(this.#message);
      this.#message = '';
    }
  }

  /** wrangler sends `{"debug": false}` first; other clients may send filters. */
  #refilter(text: string): void {
    try {
      const message: unknown = JSON.parse(text);
      if (typeof message !== 'object' || message === null || !('filters' in message)) return;
      this.#hub.setFilters(this.#id, parseFilters({ ...message }));
    } catch (error) {
      const reason = error instanceof TailFilterError ? error.message : 'Send JSON.';
      this.#close(NOT_UNDERSTOOD, reason);
    }
  }

  #send(text: string): boolean {
    if (this.#socket.writableLength > MAX_WAITING) return false;
    this.#socket.write(encodeFrame(OPCODE.text, Buffer.from(text)));
    return true;
  }

  #close(code: number, reason: string): void {
    this.#end(encodeFrame(OPCODE.close, closing(code, reason.slice(0, 40))));
  }

  #end(last: Buffer): void {
    if (this.#socket.writable) this.#socket.end(last);
  }
}
