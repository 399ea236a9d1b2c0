// A JSON value on a page: one short line, or all of it over several lines, as text. Cut where a page
// would drown, and then it says so.
import type { JsonValue } from '@z0-app/sdk/json';
import { countText } from '../figure-text.ts';
import { shortText, visibleLines } from './visible-text.ts';

const MAX_CHARACTERS = 20_000;

/** The value over several lines. It can be scrolled by keyboard, so it needs a name. */
export function JsonView(props: { value: JsonValue; label: string }) {
  const text = visibleLines(JSON.stringify(props.value, null, 2));
  const cut = text.length > MAX_CHARACTERS;
  return (
    <>
      <pre class="json" tabindex={0} role="region" aria-label={props.label}>
        <code>{cut ? text.slice(0, MAX_CHARACTERS).toWellFormed() : text}</code>
      </pre>
      {cut && (
        <p class="quiet">
          {`Cut after ${countText(MAX_CHARACTERS)} of ${countText(text.length)} characters; the API has all of it.`}
        </p>
      )}
    </>
  );
}

/** The value in at most `length` characters. */
export function jsonLine(value: JsonValue, length: number): string {
  return shortText(JSON.stringify(value), length);
}

/** The fields of an object as `name value, name value`: enough to tell one fact from the next. */
export function fieldsLine(fields: Readonly<Record<string, JsonValue | undefined>>): string {
  const parts = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${shortText(name, 40)} ${plainLine(value)}`],
  );
  return shortText(parts.join(', '), 100);
}

/** What is inside of it is for those who open it. */
function plainLine(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.length}]`;
  if (value !== null && typeof value === 'object') return '{…}';
  return typeof value === 'string' ? shortText(value, 60) : jsonLine(value, 60);
}
