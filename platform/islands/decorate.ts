// Prepares a page for its islands: the one that the browser shows, and each newer one before it takes
// the old one's place, so that both have the same parts and what is unchanged stays untouched.

import { addDrawings } from './chart-model.ts';
import { addCopyButtons } from './copy.ts';
import { nameRows } from './rows.ts';

/** Adds elements and ids only: whatever listens does so on the document. Repeating it is safe. */
export function decorate(page: Document): void {
  addCopyButtons(page);
  addDrawings(page);
  nameRows(page);
}
