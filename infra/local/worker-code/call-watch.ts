// Holds one dispatched call to its limits from outside the user Worker's process, which cannot be
// trusted to: how long it may take, and how long its reply may be. It ends no process itself.

import type { CallLimit, CallLimits } from './call-limits.ts';

// A stream that comes as fast as it can would keep the thread that all dispatch Workers share: after
// each burst the others go first. Some 60 MB a second pass.
const BURST_BYTES = 1024 * 1024;
const REST_MS = 15;

export class CallWatch {
  readonly #limits: CallLimits;
  readonly #over: (limit: CallLimit) => Promise<void>;
  readonly #timer: ReturnType<typeof setTimeout>;

  /** `over` ends the process; the call then fails by itself. */
  constructor(limits: CallLimits, over: (limit: CallLimit) => Promise<void>) {
    this.#limits = limits;
    this.#over = over;
    this.#timer = setTimeout(() => void over('wall'), limits.wallMs);
  }

  done(): void {
    clearTimeout(this.#timer);
  }

  /** Throws when the reply itself says that it is too long. */
  async admit(method: string, response: Response): Promise<void> {
    if (method === 'HEAD' || !(lengthOf(response) > this.#limits.replyBytes)) return;
    await this.#over('reply');
    throw new Error('Worker exceeded reply size limit.');
  }

  /** A reply of unknown length, which ends with an error once it is too long. */
  bounded(response: Response): Response {
    let bytes = 0;
    let restedAt = 0;
    const counting = new TransformStream<Uint8Array, Uint8Array>({
      transform: async (chunk, controller) => {
        bytes += chunk.byteLength;
        if (bytes - restedAt > BURST_BYTES) {
          restedAt = bytes;
          await scheduler.wait(REST_MS);
        }
        if (bytes <= this.#limits.replyBytes) return controller.enqueue(chunk);
        this.done();
        await this.#over('reply');
        controller.error(new Error('Worker exceeded reply size limit.'));
      },
      flush: () => this.done(),
      cancel: () => this.done(),
    });
    return new Response(response.body?.pipeThrough(counting), response);
  }
}

/** Whether its end can only be seen by reading on. */
export function isStream(response: Response): boolean {
  return response.body !== null && !response.webSocket && Number.isNaN(lengthOf(response));
}

const lengthOf = ({ headers }: Response): number =>
  Number.parseInt(headers.get('content-length') ?? '', 10);
