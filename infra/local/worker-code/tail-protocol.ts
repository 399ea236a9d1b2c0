// What a process that is tailed tells the supervisor, and how much of it at most. Plain data.

/** Which script's events; `namespace` `''`: an account Worker. */
export interface TailKey {
  readonly namespace: string;
  readonly script: string;
}

export interface TailBatch extends TailKey {
  /** Each one a `TailEvent` as JSON. */
  readonly events: readonly string[];
  /** Events since the last batch that were too many or too long. */
  readonly dropped: number;
}

export interface TailAnswer {
  /** `false`: nobody listens, so nothing need be said for `QUIET_MS`. */
  readonly watched: boolean;
}

export const WINDOW_MS = 1000;
/** Of one script, or to one listener, in a window. */
export const MAX_EVENTS = 100;
/** Of one script in a window; characters. */
export const MAX_TEXT = 1_000_000;
/** Of one event; characters. workerd itself cuts an event's logs at about as much. */
export const MAX_EVENT_TEXT = 300_000;
export const QUIET_MS = 1000;
