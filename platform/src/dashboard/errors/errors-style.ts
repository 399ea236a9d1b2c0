// How the Errors page looks, and the small parts it has in common with other lists: switches, chips.

export const ERRORS_STYLE = `
.switches { display: flex; flex-wrap: wrap; gap: 6px 28px; margin: 16px 0 14px -10px; }
.switches .choices { align-items: baseline; gap: 2px; }
.switches .choices .quiet { padding: 2px 4px 2px 10px; }
.chips { display: flex; flex-wrap: wrap; align-items: baseline; gap: 6px 10px; margin: 0 0 16px; font-size: 13px; }
.chip {
  padding: 1px 10px; border: 1px solid var(--rule); border-radius: 999px; background: var(--raised);
  color: var(--ink); text-decoration: none; overflow-wrap: anywhere;
}
.chip:hover { border-color: var(--ink); }
.errors td { padding-block: 8px; }
.errors .id { display: block; font-size: 12px; }
.errors .next { max-width: 380px; color: var(--quiet); font-size: 13px; }
@media (max-width: 600px) {
  .errors thead { display: none; }
  .errors tr { display: grid; grid-template-columns: auto auto 1fr; gap: 2px 16px; padding: 10px 0; border-bottom: 1px solid var(--rule); }
  .errors td, .errors td.amount { padding: 0; border: 0; text-align: left; }
  .errors td:first-child, .errors .next { grid-column: 1 / -1; max-width: none; }
  .errors .id { display: inline; margin-left: 6px; }
}
`;
