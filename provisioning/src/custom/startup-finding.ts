// Turns the runtime's words about code that does not start into a finding with the file and the line,
// where the words have them. Pure.
import { type Finding, inModule, type Place } from './finding.ts';
import type { WorkerManifest } from './manifest.ts';
import type { WorkerModule } from './modules.ts';

const MAX_WORDS = 1000;
/** Of each end of a message, which tenants write too: the words stand first, the stack last. */
const READ_CHARS = 5000;

/** `message`: Cloudflare's, with code 10021. */
export function startupFinding(
  message: string,
  manifest: WorkerManifest,
  modules: readonly WorkerModule[],
): Finding {
  const ends = `${message.slice(0, READ_CHARS)}\n${message.slice(READ_CHARS).slice(-READ_CHARS)}`;
  const place = placeIn(ends, modules) ?? { file: manifest.main_module };
  // What follows is the stack, of which the place was taken.
  const [said = ''] = ends.split(/\n\s+at /);
  const words = said.replaceAll(/\s+/g, ' ').trim().slice(0, MAX_WORDS);
  return inModule('does_not_start', place, `The code does not start: ${words}`);
}

/** The first line of the tenant's own code that `message` names. */
function placeIn(message: string, modules: readonly WorkerModule[]): Place | undefined {
  for (const [, file, line] of message.matchAll(/custom\/([\w./-]{1,200}\.m?js):(\d+)/g)) {
    if (file !== undefined && modules.some(({ name }) => name === file)) {
      return { file, line: Number(line) };
    }
  }
  return undefined;
}
