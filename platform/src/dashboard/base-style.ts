// The look that every page has: colours, type, tables, numbers, the bar and its navigation.

export const BASE_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fcfcfb; --raised: #ffffff; --ink: #1b1d1f; --quiet: #5c6166; --rule: #e3e4e2; --edge: #8d9296;
  --tint: #eeefec; --accent: #2450b8; --good: #1c7a4a; --busy: #2f6bd8; --warn: #a25b00; --bad: #b3261e;
  --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", "Helvetica Neue", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #131516; --raised: #1a1d1f; --ink: #e6e7e6; --quiet: #9aa0a5; --rule: #2b2f32; --edge: #6b7277;
    --tint: #25292b; --accent: #94b4ff; --good: #5fcf94; --busy: #82aeff; --warn: #f0b265; --bad: #ff8f85;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 14px/1.5 var(--sans); -webkit-text-size-adjust: 100%;
}
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 3px; }
a:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible,
summary:focus-visible, pre:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
code, pre, .id { font-family: var(--mono); font-size: 12.5px; }
code { overflow-wrap: anywhere; }
.figures { font-variant-numeric: tabular-nums; white-space: nowrap; }
.quiet { color: var(--quiet); }

.bar {
  display: flex; align-items: baseline; gap: 12px;
  padding: 12px max(32px, (100% - 1120px) / 2);
  border-bottom: 1px solid var(--rule); background: var(--raised);
}
.mark {
  font: 600 17px/1 var(--mono); letter-spacing: -0.04em; color: var(--ink); text-decoration: none;
}
.environment { color: var(--quiet); font-size: 13px; }
.sign-out { margin-left: auto; }
.sign-out button {
  border: 0; padding: 2px 0; background: none; color: var(--quiet); font: inherit; cursor: pointer;
}
.sign-out button:hover { color: var(--ink); text-decoration: underline; }

.places { display: flex; gap: 4px; margin: 0 0 0 12px; }
.places a { padding: 2px 10px; border-radius: 5px; color: var(--quiet); text-decoration: none; }
.places a:hover { color: var(--ink); }
.places a[aria-current] { background: var(--tint); color: var(--ink); font-weight: 500; }

main { max-width: 1184px; margin: 0 auto; padding: 28px 32px 72px; }
h1 { margin: 0; font-size: 24px; line-height: 1.2; font-weight: 600; letter-spacing: -0.015em; }
h2 { margin: 0 0 8px; font-size: 14px; font-weight: 600; }
h1 + table, h1 + .empty { margin-top: 20px; }
section { margin-bottom: 36px; }
.count { margin-left: 6px; color: var(--quiet); font-weight: 400; font-size: 13px; }
.title { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 14px; overflow-wrap: anywhere; }
.more { display: flex; gap: 20px; margin-top: 16px; }

button, input, select { font: inherit; color: inherit; }
main button, .search input, .search select {
  padding: 5px 12px; border: 1px solid var(--edge); border-radius: 6px; background: var(--raised);
}
main button { cursor: pointer; }
main button:hover { border-color: var(--ink); }
main button.danger { border-color: var(--bad); background: var(--bad); color: var(--raised); }
main button.primary { border-color: var(--accent); background: var(--accent); color: var(--raised); }
.buttons { display: flex; align-items: baseline; gap: 20px; }
.action { margin-left: auto; }

.search { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 10px; margin: 20px 0 14px; }
.search label { color: var(--quiet); font-size: 13px; }
.search input { width: 260px; }
.narrow { display: none; }
.found { margin: 0 0 6px; font-size: 13px; }
.found + .quiet { margin: 0 0 6px; font-size: 13px; }

.tiles {
  display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 1px;
  margin: 0 0 36px; overflow: hidden;
  border: 1px solid var(--rule); border-radius: 8px; background: var(--rule);
}
.tiles.of-6 { grid-template-columns: repeat(6, minmax(0, 1fr)); }
.tiles > div { padding: 12px 16px 13px; background: var(--raised); }
.tiles .value { font-size: 22px; line-height: 1.35; font-weight: 600; letter-spacing: -0.01em; }
.tiles .note { color: var(--quiet); font-size: 12.5px; }

.incidents { margin: 18px 0 28px; }
.incidents ul { margin: 0; padding: 0; list-style: none; }
.incidents li, .verdict {
  margin: 0; padding: 8px 14px; border-left: 3px solid var(--rule); background: var(--raised);
  overflow-wrap: anywhere;
}
.incidents li + li { margin-top: 4px; }
.incidents li.is-bad, .verdict.is-bad { border-color: var(--bad); }
.incidents li.is-warn, .verdict.is-warn { border-color: var(--warn); }
.verdict.is-good, p.incidents.none { border-color: var(--good); }
p.incidents.none { padding: 8px 14px; border-left: 3px solid var(--good); background: var(--raised); }
.verdict { margin: 0 0 20px; }
.flag {
  margin-left: 10px; padding: 1px 7px; border: 1px solid var(--warn); border-radius: 4px;
  color: var(--warn); font-size: 12px; white-space: nowrap;
}

.chart { margin: 0 0 36px; }
section > .chart { margin-bottom: 10px; }
.plot { position: relative; padding-top: 20px; border-bottom: 1px solid var(--edge); }
.plot svg { display: block; width: 100%; height: 120px; }
.plot rect { fill: var(--busy); }
.peak { position: absolute; top: 0; right: 0; color: var(--quiet); font-size: 12.5px; }
.plot.is-empty { padding-top: 0; }
.plot.is-empty svg { height: 72px; }
.nothing {
  position: absolute; inset: 0; display: grid; place-items: center; margin: 0;
  color: var(--quiet);
}
.axis {
  display: flex; justify-content: space-between; margin: 4px 0 10px; color: var(--quiet);
  font-size: 12.5px;
}
.choices { display: flex; flex-wrap: wrap; gap: 4px; font-size: 13px; }
.choices a { padding: 2px 10px; border-radius: 5px; color: var(--quiet); text-decoration: none; }
.choices a:hover { color: var(--ink); }
.choices a[aria-current] { background: var(--tint); color: var(--ink); }
.terminal { margin-top: 24px; }
summary { width: fit-content; color: var(--quiet); font-size: 13px; cursor: pointer; }
summary:hover { color: var(--ink); }

table { width: 100%; border-collapse: collapse; }
th {
  padding: 6px 16px 6px 0; border-bottom: 1px solid var(--rule);
  color: var(--quiet); font-weight: 400; font-size: 12.5px; text-align: left; white-space: nowrap;
}
td { padding: 9px 16px 9px 0; border-bottom: 1px solid var(--rule); vertical-align: baseline; }
th:last-child, td:last-child { padding-right: 0; }
tbody tr:hover { background: color-mix(in srgb, var(--accent) 4%, transparent); }
.number { width: 1%; padding-right: 20px; text-align: right; color: var(--quiet); }
.name { font-weight: 500; overflow-wrap: anywhere; }
.id { color: var(--quiet); overflow-wrap: anywhere; }
.name + .id { display: block; }
a.name { text-decoration: none; }
a.name:hover { text-decoration: underline; }
.amount { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.bad { color: var(--bad); font-weight: 600; }
.warn { color: var(--warn); font-weight: 600; }
th a { color: inherit; text-decoration: none; }
th a:hover { color: var(--ink); text-decoration: underline; }
th[aria-sort] { color: var(--ink); font-weight: 600; }
.tenants th, .tenants td { padding: 7px 0; }
.tenants th:not(:first-child), .tenants td:not(:first-child) { padding: 7px 0 7px 14px; }
.tenants .id, .ranks .id { display: block; margin-left: 0; font-size: 12px; }
.ranks td { padding-block: 6px; }
.dense { max-width: 760px; margin-top: 8px; }
.dense td { padding-block: 3px; font-size: 13px; }
.facts td { padding-block: 5px; font-size: 13px; }
.facts .id { margin-left: 8px; }

.status { display: inline-flex; align-items: baseline; gap: 7px; white-space: nowrap; }
.status::before {
  content: ""; width: 7px; height: 7px; border-radius: 50%; background: var(--quiet);
  transform: translateY(-1px); flex: none;
}
.status.is-active::before, .status.is-live::before, .status.is-succeeded::before { background: var(--good); }
.status.is-provisioning::before, .status.is-running::before { background: var(--busy); }
.status.is-suspended::before, .status.is-deleting::before, .status.is-undone::before { background: var(--warn); }
.status.is-failed::before { background: var(--bad); }
.status.is-pending::before, .status.is-revoked::before, .status.is-deleted::before {
  background: none; box-shadow: inset 0 0 0 1.5px var(--quiet);
}

.overview {
  display: flex; flex-wrap: wrap; gap: 14px 40px; margin: 18px 0 36px; padding: 14px 0;
  border-block: 1px solid var(--rule);
}
dt { color: var(--quiet); font-size: 12.5px; }
dd { margin: 0; }
.columns { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); gap: 56px; }

.timeline { margin: 12px 0 0; padding: 0; list-style: none; }
.timeline li {
  position: relative; display: grid; grid-template-columns: minmax(0, 1fr) 108px 92px;
  gap: 0 12px; padding: 0 0 14px 24px;
}
.timeline li::before {
  content: ""; position: absolute; left: 4px; top: 6px; width: 9px; height: 9px; border-radius: 50%;
  background: var(--paper); box-shadow: inset 0 0 0 2px var(--rule);
}
.timeline li:not(:last-child)::after {
  content: ""; position: absolute; left: 8px; top: 18px; bottom: -3px; width: 1px; background: var(--rule);
}
.timeline li.is-succeeded::before { background: var(--good); box-shadow: none; }
.timeline li.is-running::before { background: var(--busy); box-shadow: none; }
.timeline li.is-failed::before { background: var(--bad); box-shadow: none; }
.timeline li.is-undone::before { background: var(--warn); box-shadow: none; }
.timeline li.is-pending { color: var(--quiet); }
.timeline .figures { text-align: right; overflow: hidden; text-overflow: ellipsis; }
.timeline .status::before { display: none; }
.timeline .status { color: var(--quiet); }
.step-name { font-family: var(--mono); font-size: 13px; }
.error { grid-column: 1 / -1; margin: 4px 0 8px; color: var(--bad); overflow-wrap: anywhere; }

.message { max-width: 520px; margin: 12vh auto 0; overflow-wrap: anywhere; }
.message p { margin: 14px 0; }
pre {
  margin: 12px 0; padding: 12px 14px; overflow-x: auto; border: 1px solid var(--rule);
  border-radius: 6px; background: var(--raised); line-height: 1.6;
}
pre code { overflow-wrap: normal; }
.empty { max-width: 620px; }

@media (max-width: 860px) {
  .columns { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .tiles.of-6 { grid-template-columns: repeat(3, minmax(0, 1fr)); }
}
@media (max-width: 600px) {
  .bar { flex-wrap: wrap; gap: 8px 12px; padding: 12px 16px; }
  .places { order: 1; width: 100%; margin: 0 0 0 -10px; }
  .narrow { display: contents; }
  .search label { flex: 0 0 84px; }
  .search input, .search select { flex: 1 0 calc(100% - 100px); width: auto; }
  .tiles, .tiles.of-6 { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); margin-bottom: 28px; }
  .tiles > div { padding: 10px 12px; }
  .tiles .value { font-size: 19px; }
  .action { margin-left: 0; width: 100%; margin-top: 8px; }
  main { padding: 20px 16px 56px; }
  .wide { display: none; }
  .facts .id, .tenants .name + .id { display: block; margin-left: 0; }
  .facts .figures { white-space: normal; }
  .timeline li { grid-template-columns: minmax(0, 1fr) 84px 74px; }
}
@media (prefers-reduced-motion: no-preference) {
  .timeline li.is-running::before { animation: breathe 1.6s ease-in-out infinite; }
  @keyframes breathe { 50% { opacity: 0.35; } }
}
`;
