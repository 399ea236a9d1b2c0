// Text of a tenant's that is shown in a terminal: what would move the cursor or change colours there is
// shown as its code. It changes nothing else.

/** Line breaks and tabs stay. */
export function plainText(text: string): string {
  return text.replaceAll(/[^\P{C}\n\t]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
