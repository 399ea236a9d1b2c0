// What changed between two states, a line for each change: where, what was there, what is there now.
import type { JsonValue } from '@z0-app/sdk/json';
import { plural } from '../figure-text.ts';
import { jsonLine } from './json-view.tsx';
import { type Change, pathText } from './state-diff.ts';
import { visibleText } from './visible-text.ts';

const MAX_SHOWN = 60;
const VALUE_LENGTH = 160;

export function DiffList(props: { changes: readonly Change[] }) {
  const { changes } = props;
  if (changes.length === 0) return <p class="quiet">Nothing in the state.</p>;
  const others = changes.length - MAX_SHOWN;
  return (
    <>
      <ul class="diff">
        {changes.slice(0, MAX_SHOWN).map((change) => (
          <li class={`is-${change.kind}`}>
            <span class="kind">{change.kind}</span>{' '}
            <code class="path">{visibleText(pathText(change.path)) || 'all of it'}</code>{' '}
            <Values change={change} />
          </li>
        ))}
      </ul>
      {others > 0 && <p class="quiet">{`And ${plural(others, 'more change')}.`}</p>}
    </>
  );
}

function Values(props: { change: Change }) {
  const { change } = props;
  return (
    <span class="values">
      {change.kind !== 'added' && <del>{lineOf(change.before)}</del>}
      {change.kind === 'changed' && <span class="quiet"> → </span>}
      {change.kind !== 'removed' && <ins>{lineOf(change.after)}</ins>}
    </span>
  );
}

function lineOf(value: JsonValue): string {
  return jsonLine(value, VALUE_LENGTH);
}
