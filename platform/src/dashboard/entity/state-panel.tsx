// The state of an entity at a position: a slider over positions that is a plain form, what changed
// there, and the whole of it. Needs no script; with one, sliding shows at once.
import type { StateAnswer } from '../../tenant-api/tenant-answers.ts';
import { countText } from '../figure-text.ts';
import { Moment } from '../page-layout.tsx';
import { DiffList } from './diff-list.tsx';
import type { EntityData, StatePair } from './entity-data.ts';
import { type EntityQuery, entityHref } from './entity-query.ts';
import { FaultNote } from './fault-note.tsx';
import { JsonView } from './json-view.tsx';
import { diffJson } from './state-diff.ts';
import { visibleText } from './visible-text.ts';

export interface StatePanelProps {
  base: string;
  data: EntityData;
}

export function StatePanel(props: StatePanelProps) {
  const { states, head } = props.data;
  if (!states.ok) {
    return (
      <section id="state">
        <h2>State</h2>
        <FaultNote fault={states.fault} />
      </section>
    );
  }
  const { shown } = states.value;
  return (
    <section id="state">
      <h2>
        State{' '}
        <span class="count">
          {shown.seq === head
            ? `newest, after fact ${countText(head)}`
            : `after fact ${countText(shown.seq)} of ${countText(head)}`}
        </span>
      </h2>
      <Slider base={props.base} data={props.data} seq={shown.seq} />
      <p class="as-of quiet">
        As of <Moment at={visibleText(shown.as_of)} /> UTC
      </p>
      <Changes base={props.base} data={props.data} pair={states.value} />
      <Whole shown={shown} />
    </section>
  );
}

function Slider(props: { base: string; data: EntityData; seq: number }) {
  const { base, seq } = props;
  const { id, query, head } = props.data;
  const to = (position: number): string =>
    entityHref(base, id, { ...query, seq: position, verify: false });
  return (
    <form class="slider" id="state-slider" method="get" action={entityHref(base, id)}>
      {query.against === 'newest' && <input type="hidden" name="against" value="newest" />}
      {query.cursor !== undefined && <input type="hidden" name="cursor" value={query.cursor} />}
      <label for="state-seq">Position</label>
      <input
        id="state-seq"
        type="range"
        name="seq"
        min={1}
        max={Math.max(head, 1)}
        value={seq}
        disabled={head < 2}
        data-slider
      />
      <output for="state-seq">{seq}</output>
      <button type="submit">Show</button>
      <nav class="steps" aria-label="Positions">
        {seq > 1 ? <a href={to(seq - 1)}>One back</a> : <span class="quiet">One back</span>}
        {seq < head ? <a href={to(seq + 1)}>One on</a> : <span class="quiet">One on</span>}
        {seq < head ? (
          <a href={entityHref(base, id, { ...query, seq: undefined, verify: false })}>Newest</a>
        ) : (
          <span class="quiet">Newest</span>
        )}
      </nav>
    </form>
  );
}

function Changes(props: StatePanelProps & { pair: StatePair }) {
  const { base, pair } = props;
  const { id, query, head } = props.data;
  const against = (other: EntityQuery['against']): string =>
    entityHref(base, id, { ...query, against: other, verify: false });
  // From the older to the newer, whichever of the two is looked at.
  const changes =
    query.against === 'newest'
      ? diffJson(pair.shown.state, pair.other?.state ?? {})
      : diffJson(pair.other?.state ?? {}, pair.shown.state);
  const masked = pair.shown.masked === true || pair.other?.masked === true;
  return (
    <>
      <h3>
        {query.against === 'newest'
          ? 'What has changed since'
          : `What fact ${pair.shown.seq} changed`}
      </h3>
      <nav class="choices" aria-label="What to compare with">
        <a href={against('before')} aria-current={query.against === 'before' ? 'true' : undefined}>
          one step before
        </a>
        <a href={against('newest')} aria-current={query.against === 'newest' ? 'true' : undefined}>
          {`newest (${head})`}
        </a>
      </nav>
      {!masked && <DiffList changes={changes} />}
    </>
  );
}

function Whole(props: { shown: StateAnswer }) {
  const { shown } = props;
  if (shown.masked === true) {
    return (
      <p class="fault">
        The state is withheld: this ledger keeps personal data, and its state cannot be masked field
        by field. Its facts are masked and shown.
      </p>
    );
  }
  return (
    <details id="whole-state" open>
      <summary>The whole state</summary>
      <JsonView value={shown.state} label={`State after fact ${shown.seq}`} />
    </details>
  );
}
