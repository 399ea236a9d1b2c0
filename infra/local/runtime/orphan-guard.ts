// Ends what this process started when it is killed itself and can end nothing any more: a process of its
// own waits for that. It does nothing while its parent lives, and ends after it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { THIS_RUN } from './process-marks.ts';

const WAITS = fileURLToPath(new URL('./orphan-guard-process.ts', import.meta.url));

/** Starts the guard; the answer ends it, once nothing is left for it to do. */
export function guardOrphans(stateDir: string): () => Promise<void> {
  const guard = spawn(process.execPath, [WAITS, stateDir, THIS_RUN], {
    // Its end of the pipe closes whatever the parent dies of.
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
    // Ctrl-C in a terminal is for its parent, which stops in order.
    detached: true,
  });
  const ended = once(guard, 'exit');
  // Killed by somebody, or not started: the next start ends what it would have ended.
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  return async () => {
    guard.stdin.end();
    if (guard.pid !== undefined && guard.exitCode === null && guard.signalCode === null)
      await ended;
  };
}
