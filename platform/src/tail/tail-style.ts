// How the live log looks: one row for each event, with what was logged under it.

export const TAIL_STYLE = `
.log-bar { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 14px; margin: 0 0 10px; font-size: 13px; }
.log-bar .said { margin-right: auto; color: var(--quiet); }
.log-table { table-layout: fixed; }
.log-table td { padding-block: 5px; font-size: 13px; }
.log-table .at { width: 112px; }
.log-table .ended { width: 108px; }
.log-table .took { width: 76px; text-align: right; }
.log-table .what { overflow-wrap: anywhere; font-family: var(--mono); font-size: 12.5px; }
.log-table .who { color: var(--quiet); }
.log-table .log-ok { color: var(--good); }
.log-table .log-error { color: var(--bad); font-weight: 600; }
.log-table .log-canceled { color: var(--warn); }
.log-texts { margin: 3px 0 2px; padding: 0; list-style: none; white-space: pre-wrap; }
.log-texts li { padding: 1px 0 1px 10px; border-left: 2px solid var(--rule); }
.log-texts .is-warn { border-color: var(--warn); }
.log-texts .is-error { border-color: var(--bad); }
.log-texts .level { color: var(--quiet); }
.log-texts .stack { display: block; color: var(--quiet); }
.log-missed td { color: var(--warn); }
@media (max-width: 600px) {
  .log-table thead { display: none; }
  .log-table tr { display: grid; grid-template-columns: auto 1fr auto; gap: 2px 14px; padding: 8px 0; border-bottom: 1px solid var(--rule); }
  .log-table td { padding: 0; border: 0; }
  .log-table .at, .log-table .ended, .log-table .took { width: auto; }
  .log-table .what { grid-column: 1 / -1; }
}
`;
