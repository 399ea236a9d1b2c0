// What one dispatched call may take. The call is held to it by `call-watch.ts`.

export interface CallLimits {
  /** From the request to the last byte of a streamed reply; WebSockets may stay. Milliseconds. */
  readonly wallMs: number;
  /** Of one reply's body. Bytes. */
  readonly replyBytes: number;
}

export type CallLimit = 'wall' | 'reply';

/** Cloudflare's limit for what nobody waits for (15 minutes), and for bodies of requests (100 MB). */
export const DEFAULT_CALL_LIMITS: CallLimits = {
  wallMs: 15 * 60_000,
  replyBytes: 100 * 1024 * 1024,
};
