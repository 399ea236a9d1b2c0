// Moves the focus from row to row of the tables that are marked for it. The focus is the browser's
// own, on the row's first link: Enter follows it, and a screen reader says where it is.

const ROWS = 'table[data-rows] tbody tr';

/** Gives each row the name of where it leads, so that a newer page finds it wherever it moved. */
export function nameRows(page: Document): void {
  for (const [index, table] of page.querySelectorAll('table[data-rows]').entries()) {
    for (const row of table.querySelectorAll('tbody tr:not([id])')) {
      const href = row.querySelector('a[href]')?.getAttribute('href');
      if (href !== null && href !== undefined) row.id = `row-${index}-${href}`;
    }
  }
}

/** `by` rows down, or up when it is negative; from the first one when no row has the focus. */
export function moveRow(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>(ROWS)].filter(isVisible);
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[here < 0 ? 0 : Math.min(Math.max(here + by, 0), rows.length - 1)];
  if (next === undefined) return;
  const link = next.querySelector<HTMLElement>('a[href], button, summary');
  if (link === null) next.tabIndex = -1;
  (link ?? next).focus();
  next.scrollIntoView({ block: 'nearest' });
}

function isVisible(row: HTMLElement): boolean {
  return row.getClientRects().length > 0;
}
