// The steps of one Workflow run as a timeline: what is done, how long it took, what went wrong.
import type { Run, Step } from '../../tenants/tenant-state.ts';
import { durationText, Moment, Status } from '../page-layout.tsx';

export function RunTimeline(props: { title: string; run: Run }) {
  const { run } = props;
  const total = runDuration(run.steps);
  return (
    <section>
      <h2>
        {props.title}{' '}
        <span class="count">
          {run.status}
          {total !== undefined && ` in ${durationText(total)}`}
        </span>
      </h2>
      {run.error !== null && run.steps.every((step) => step.error === null) && (
        <p class="error" role="alert">
          {run.error}
        </p>
      )}
      <ol class="timeline">
        {run.steps.map((step) => (
          <TimelineStep step={step} />
        ))}
      </ol>
    </section>
  );
}

function TimelineStep(props: { step: Step }) {
  const { step } = props;
  const duration = stepDuration(step);
  return (
    <li class={`is-${step.status}`}>
      <span class="step-name">{step.name}</span>
      <Status of={step.status} />
      <span class="figures quiet">
        {duration === undefined ? <Moment at={step.started_at} /> : durationText(duration)}
      </span>
      {step.error !== null && <p class="error">{step.error}</p>}
    </li>
  );
}

function stepDuration(step: Step): number | undefined {
  if (step.started_at === null || step.ended_at === null) return undefined;
  return Date.parse(step.ended_at) - Date.parse(step.started_at);
}

/** From the first start to the last end, once every step that started has ended. */
function runDuration(steps: readonly Step[]): number | undefined {
  const started = steps.filter((step) => step.started_at !== null);
  const ends = started.map((step) => Date.parse(step.ended_at ?? ''));
  if (started.length === 0 || ends.some(Number.isNaN)) return undefined;
  return Math.max(...ends) - Math.min(...started.map((step) => Date.parse(step.started_at ?? '')));
}
