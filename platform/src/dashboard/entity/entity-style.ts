// How an entity's page looks: the slider, the diff, facts that open, JSON, crumbs.

export const ENTITY_STYLE = `
.crumbs { margin: 0 0 6px; color: var(--quiet); font-size: 13px; overflow-wrap: anywhere; }
.crumbs a { color: inherit; }
.fault {
  margin: 12px 0; padding: 8px 14px; border-left: 3px solid var(--warn); background: var(--raised);
  overflow-wrap: anywhere;
}
#state h3 { margin: 18px 0 6px; font-size: 13px; font-weight: 600; }
.entities .name { font-family: var(--mono); font-size: 13px; font-weight: 400; }
.entities td { padding-block: 6px; }

.json { max-height: 420px; overflow: auto; margin: 8px 0; font-size: 12.5px; line-height: 1.5; }
.copyable.is-inline { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 10px; }
.copyable.is-inline .copy { margin: 0; }
.copyable.is-inline .copy button { padding: 0 6px; border-color: var(--rule); font-size: 12px; }

.slider { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; margin: 12px 0 8px; }
.slider label { color: var(--quiet); font-size: 13px; }
.slider input[type="range"] { flex: 1 1 180px; min-width: 120px; accent-color: var(--accent); }
.slider output { min-width: 2ch; text-align: right; font-variant-numeric: tabular-nums; }
.steps { display: flex; gap: 16px; width: 100%; font-size: 13px; }
.as-of { margin: 0; font-size: 13px; }

.diff { margin: 10px 0 14px; padding: 0; list-style: none; font-size: 13px; }
.diff li {
  margin: 0; padding: 4px 0 4px 12px; border-left: 3px solid var(--rule); overflow-wrap: anywhere;
}
.diff li + li { margin-top: 2px; }
.diff .is-added { border-color: var(--good); }
.diff .is-removed { border-color: var(--bad); }
.diff .is-changed { border-color: var(--busy); }
.diff .kind { display: inline-block; min-width: 64px; color: var(--quiet); }
.diff .path { margin-right: 6px; font-weight: 600; }
.diff .values { font-family: var(--mono); font-size: 12.5px; }
.diff ins { text-decoration: none; }
.diff del { color: var(--quiet); }

.ledger { table-layout: fixed; }
.ledger .number { width: 62px; }
.ledger th.wide { width: 168px; }
.ledger summary { width: auto; font-size: 13px; overflow-wrap: anywhere; }
.ledger summary code, .config summary code { color: var(--ink); }
.gist { color: var(--quiet); }
.ledger tr[aria-current] { background: color-mix(in srgb, var(--accent) 8%, transparent); }
.pairs { display: grid; gap: 4px; margin: 10px 0; font-size: 13px; }
.pairs > div { display: grid; grid-template-columns: 108px minmax(0, 1fr); gap: 12px; }
.pairs dd { overflow-wrap: anywhere; }
.config + .config { margin-top: 8px; }
.sources { margin: 8px 0; padding-left: 20px; font-size: 13px; }
#verification { margin: 18px 0 0; }
.faults { margin: 0 0 20px; padding-left: 20px; overflow-wrap: anywhere; }
.status.is-retiring::before, .status.is-retired::before, .status.is-anonymized::before { background: var(--warn); }

@media (max-width: 600px) {
  .ledger .number { width: 44px; padding-right: 12px; }
  .pairs > div { grid-template-columns: minmax(0, 1fr); gap: 0; }
}
`;
