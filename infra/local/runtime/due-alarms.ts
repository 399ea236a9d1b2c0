// When the Durable Objects of a stopped user Worker want to be woken: read from the files in which
// workerd keeps its alarms. It never writes there.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** One file for each class; times are nanoseconds since 1970, more than a number holds. */
const EARLIEST = 'SELECT min(scheduled_time) / 1000000 AS at FROM _cf_ALARM';

/** Of all objects under `storageDir`, milliseconds since 1970; `undefined` when none has an alarm. */
export function nextAlarmMs(storageDir: string): number | undefined {
  const classes = existsSync(storageDir) ? readdirSync(storageDir) : [];
  const times = classes.flatMap((folder) =>
    earliestIn(join(storageDir, folder, 'metadata.sqlite')),
  );
  return times.length > 0 ? Math.min(...times) : undefined;
}

function earliestIn(file: string): number[] {
  if (!existsSync(file)) return [];
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const at = db.prepare(EARLIEST).get()?.at;
    return typeof at === 'number' ? [at] : [];
  } catch {
    // The table is made with the first alarm; a file without it has none.
    return [];
  } finally {
    db.close();
  }
}
