// Makes text of a tenant's safe to look at: escaping keeps it from being markup, this keeps it from
// being invisible or from turning the line around. Pure; it never shortens anything unseen.

/** Controls, zero widths, direction marks and overrides: all that changes a line and cannot be seen. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** `text` with what cannot be seen written as `\u{…}`. */
export function visibleText(text: string): string {
  return text.toWellFormed().replace(UNSEEN, escapeOf);
}

/** The same for text of several lines: its line breaks stay. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visibleText).join('\n');
}

/** At most `length` characters, an ellipsis for the rest. */
export function shortText(text: string, length: number): string {
  const seen = visibleText(text);
  return seen.length <= length ? seen : `${seen.slice(0, length - 1).toWellFormed()}…`;
}

function escapeOf(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
