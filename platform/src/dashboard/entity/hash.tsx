// A hash on a page: its first digits to compare by eye, all of them to copy.
import { shortText, visibleText } from './visible-text.ts';

const SHOWN_DIGITS = 12;

/** As part of a sentence. */
export function ShortHash(props: { of: string }) {
  return <code title={visibleText(props.of)}>{shortText(props.of, SHOWN_DIGITS)}</code>;
}

/** With a button that copies the whole of it, once the script is there. */
export function Hash(props: { of: string }) {
  const all = visibleText(props.of);
  return (
    <div class="copyable is-inline">
      <code title={all} data-copy="the hash" data-copy-text={all}>
        {shortText(props.of, SHOWN_DIGITS)}
      </code>
    </div>
  );
}
