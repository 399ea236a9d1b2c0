// Turns a page into the document that a browser gets.

export function page(content: { toString(): string }): string {
  return `<!doctype html>${content.toString()}`;
}
