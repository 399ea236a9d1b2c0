// What runs by itself in a tenant's Worker: when each schedule is due next, how its last run ended, and
// what failed for good. Names and errors are the tenant's words: shown as text, cut, never trusted.
import type { KnownRuns } from '../../schedules/read-runs.ts';
import {
  type DeadLetterView,
  type ScheduleView,
  toDeadLetterViews,
  toScheduleViews,
} from '../../schedules/run-view.ts';
import { shortText } from '../entity/visible-text.ts';
import { Moment, Status } from '../page-layout.tsx';

const SHOWN_LETTERS = 10;
const MAX_TEXT = 80;
const MAX_ERROR = 160;

/** `runs`: `null` for a tenant that never had any, `undefined` when they cannot be read. */
export function ScheduleTable(props: {
  runs: KnownRuns | null | undefined;
  hasCode: boolean;
  now: number;
}) {
  const { runs, now } = props;
  if (runs === null && !props.hasCode) return null;
  const schedules = runs ? toScheduleViews(runs, now) : [];
  return (
    <section id="schedules">
      <h2>
        Schedules and runs <span class="count">{countText(runs)}</span>
      </h2>
      {runs === undefined && <p class="warn">They cannot be read right now.</p>}
      {runs !== undefined && schedules.length === 0 && (
        <p class="quiet">
          None: the live code declares no <code>schedules</code> in <code>z0.json</code>.
        </p>
      )}
      {schedules.length > 0 && <Schedules schedules={schedules} />}
      {runs && <Letters runs={runs} />}
    </section>
  );
}

function countText(runs: KnownRuns | null | undefined): string {
  const source = runs?.source;
  if (!runs || !source) return '';
  const paused = source.status === 'paused' ? ['nothing runs while the tenant is not active'] : [];
  const queue = source.queue === null ? [] : [`queue: ${runs.queue.waiting} waiting`];
  return [...paused, ...queue].join(', ');
}

function Schedules(props: { schedules: readonly ScheduleView[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Schedule</th>
          <th scope="col">Next (UTC)</th>
          <th scope="col">Last run</th>
        </tr>
      </thead>
      <tbody>
        {props.schedules.map((schedule) => (
          <tr>
            <td>
              <span class="name">{shortText(schedule.name, MAX_TEXT)}</span>
              <span class="id">
                {shortText(`${schedule.cron} ${schedule.time_zone}`, MAX_TEXT)}
              </span>
              <Missed schedule={schedule} />
            </td>
            <td class="figures">
              <Moment at={schedule.next_due_at} />
            </td>
            <td class="figures">
              <LastRun schedule={schedule} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Missed({ schedule: { missed } }: { schedule: ScheduleView }) {
  if (missed === null) return null;
  const { count, more, made_up, last } = missed;
  const made = made_up === 0 ? 'not made up for' : `${made_up} made up for`;
  return (
    <span class="id">
      missed {count}
      {more && ' or more'}, {made}, until <Moment at={last} />
    </span>
  );
}

function LastRun({ schedule: { last_run: run } }: { schedule: ScheduleView }) {
  if (run === null) return <span class="quiet">none yet</span>;
  return (
    <>
      <Status of={run.status} />
      <div class="id wide">
        <Moment at={run.ended_at ?? run.started_at ?? run.scheduled_at} />
      </div>
      {run.error !== null && <span class="id">{shortText(run.error, MAX_ERROR)}</span>}
    </>
  );
}

function Letters(props: { runs: KnownRuns }) {
  const { runs } = props;
  const count = runs.dead.length + runs.queue.dead;
  if (count === 0) return null;
  const ofQueue = runs.queue.dead === 0 ? [] : [`${runs.queue.dead} are messages of the queue.`];
  const letters = toDeadLetterViews(runs, []).slice(0, SHOWN_LETTERS);
  return (
    <>
      <p class="error">
        {[`${count} failed for good.`, ...ofQueue].join(' ')} <code>z0 runs dead</code> lists them,{' '}
        <code>z0 runs redrive ID</code> tries one again.
      </p>
      {letters.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Dead letter</th>
              <th scope="col">Since (UTC)</th>
            </tr>
          </thead>
          <tbody>
            {letters.map((letter) => (
              <Letter letter={letter} />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Letter({ letter }: { letter: DeadLetterView }) {
  return (
    <tr>
      <td>
        <code>{letter.id}</code>
        <span class="id">{shortText(letter.error, MAX_ERROR)}</span>
      </td>
      <td class="figures">
        <Moment at={letter.died_at} />
      </td>
    </tr>
  );
}
