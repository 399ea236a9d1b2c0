// Waits for the end of a run on behalf of a caller, who may wait as long as proxies let them. The run
// itself goes on either way.

/** A little below what proxies give up after. */
const MAX_WAIT_MS = 90_000;
const FIRST_LOOK_MS = 50;
const MAX_LOOK_MS = 1_000;

/** What `look` found last: when `isOver`, or when the caller has waited long enough. */
export async function lookUntil<T>(
  look: () => Promise<T>,
  isOver: (found: T) => boolean,
): Promise<T> {
  const deadline = Date.now() + MAX_WAIT_MS;
  for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 1.5, MAX_LOOK_MS)) {
    const found = await look();
    if (isOver(found) || Date.now() > deadline) return found;
    await scheduler.wait(waitMs);
  }
}
