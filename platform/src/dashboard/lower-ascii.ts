// Letters made small as SQLite's `lower` does it. Pure.

/** Only A to Z change, so that a text compares the same here and in the index. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/gu, (letters) => letters.toLowerCase());
}
