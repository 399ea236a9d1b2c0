// Reads for a page that can do without: what fails is logged and left out, so that one part of the
// platform being away never takes the whole page with it.
import type { Outcome } from '@z0-app/sdk';

/** What `reading` gives; `undefined` when it fails. */
export async function attempt<T>(what: string, reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    warn(what, String(error));
    return undefined;
  }
}

/** The value of the outcome `reading` gives; `undefined` when it is refused or fails. */
export async function attemptOutcome<T>(
  what: string,
  reading: Promise<Outcome<T>>,
): Promise<T | undefined> {
  const outcome = await attempt(what, reading);
  if (outcome === undefined || outcome.ok) return outcome?.value;
  warn(what, `${outcome.error.code}: ${outcome.error.detail}`);
  return undefined;
}

function warn(what: string, detail: string): void {
  const event = 'dashboard_read_failed';
  console.warn(JSON.stringify({ level: 'warn', event, what, detail: detail.slice(0, 500) }));
}
