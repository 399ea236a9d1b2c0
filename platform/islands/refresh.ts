// Reads the page again from its own address and shows what changed. One reading at a time: a newer
// one takes the place of one that is still under way.
import { decorate } from './decorate.ts';
import { morphPage } from './morph-page.ts';

export type Refreshed =
  | 'shown'
  /** The session ended: only signing in again helps. */
  | 'signed_out'
  /** Nothing, or nothing usable, came; the page stays as it is. */
  | 'failed'
  /** A newer reading took its place. */
  | 'overtaken';

const TIMEOUT_MS = 15_000;
const afterwards = new Set<() => void>();
let reading: AbortController | undefined;

/** `work` is done now and after every refresh. */
export function onEveryPage(work: () => void): void {
  afterwards.add(work);
  work();
}

/** Shows the page at `url` as it is now; never fails. */
export async function refreshPage(url = location.href): Promise<Refreshed> {
  reading?.abort();
  const mine = new AbortController();
  reading = mine;
  const signal = AbortSignal.any([mine.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const answer = await fetch(url, { signal, headers: { accept: 'text/html' } });
    if (answer.status === 401) return 'signed_out';
    if (answer.status >= 500 || answer.status === 429) return 'failed';
    const text = await answer.text();
    if (mine.signal.aborted) return 'overtaken';
    show(text);
    return 'shown';
  } catch {
    return mine.signal.aborted ? 'overtaken' : 'failed';
  } finally {
    if (reading === mine) reading = undefined;
  }
}

function show(text: string): void {
  const next = new DOMParser().parseFromString(text, 'text/html');
  decorate(next);
  morphPage(next);
  for (const work of afterwards) work();
}
