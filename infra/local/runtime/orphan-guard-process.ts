// The guard's own process: `orphan-guard-process.ts STATE_DIR RUN`. Waits until its standard input closes, which its
// parent's death does; then it ends what the run left, and itself.
import { endRun } from './process-marks.ts';

const [, , stateDir = '', run = ''] = process.argv;

process.stdin.resume();
process.stdin.once('close', () => void endRun(stateDir, run));
