// The dashboard's one style sheet, served from its own path so that no inline style is allowed.

export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fcfcfb; --raised: #ffffff; --ink: #1b1d1f; --quiet: #5c6166; --rule: #e3e4e2;
  --accent: #2450b8; --good: #1c7a4a; --busy: #2f6bd8; --warn: #a25b00; --bad: #b3261e;
  --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", "Helvetica Neue", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #131516; --raised: #1a1d1f; --ink: #e6e7e6; --quiet: #9aa0a5; --rule: #2b2f32;
    --accent: #94b4ff; --good: #5fcf94; --busy: #82aeff; --warn: #f0b265; --bad: #ff8f85;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 14px/1.5 var(--sans); -webkit-text-size-adjust: 100%;
}
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 3px; }
a:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
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

main { max-width: 1184px; margin: 0 auto; padding: 28px 32px 72px; }
h1 { margin: 0; font-size: 24px; line-height: 1.2; font-weight: 600; letter-spacing: -0.015em; }
h2 { margin: 0 0 8px; font-size: 14px; font-weight: 600; }
h1 + table, h1 + .empty { margin-top: 20px; }
section { margin-bottom: 36px; }
nav { margin-bottom: 6px; font-size: 13px; }
.count { margin-left: 6px; color: var(--quiet); font-weight: 400; font-size: 13px; }
.title { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 14px; overflow-wrap: anywhere; }
.more { margin-top: 16px; }

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
.tenants .name + .id { display: inline; margin-left: 10px; }
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

.message { max-width: 520px; margin: 12vh auto 0; }
.message p { margin: 14px 0; }
pre {
  margin: 12px 0; padding: 12px 14px; overflow-x: auto; border: 1px solid var(--rule);
  border-radius: 6px; background: var(--raised); line-height: 1.6;
}
pre code { overflow-wrap: normal; }
.empty { max-width: 620px; }

@media (max-width: 860px) {
  .columns { grid-template-columns: minmax(0, 1fr); gap: 0; }
}
@media (max-width: 600px) {
  .bar { padding: 12px 16px; }
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
