// How a dispatch binding and a process's front speak over HTTP. Both headers stay between the two:
// the front takes them off requests and never lets a user Worker set the answer's.

/** On a request: the token of the process that it is meant for. */
export const TARGET_HEADER = 'x-z0-local-target';

/** On an answer that is the front's own, never the user Worker's: one of `FrontMark`. */
export const MARK_HEADER = 'x-z0-local-front';

/**
 * - `elsewhere`: the socket belongs to another process by now; the request went no further.
 * - `draining`: the process is on its way out; the request went no further.
 * - `threw`: the user Worker threw; the body says what.
 */
export type FrontMark = 'elsewhere' | 'draining' | 'threw';

export interface Thrown {
  readonly name: string;
  readonly message: string;
}
