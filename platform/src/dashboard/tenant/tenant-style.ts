// How the page of a tenant looks: links inside, what was seen beside what is claimed, limits, alerts.

export const TENANT_STYLE = `
.inside { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 10px 0 0; font-size: 13px; }
.trio { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 0 32px; margin-top: 14px; }
.trio .plot svg { height: 96px; }
.trio .chart { margin-bottom: 0; }
#reports { margin-top: -22px; font-size: 13px; }
#reports p { margin: 4px 0; }
.compared { margin-top: -20px; }
.compared th[scope="row"] { border-bottom: 1px solid var(--rule); color: var(--ink); font-size: 13px; }
.compared td { padding-block: 7px; }
.compared .unit { display: inline-block; min-width: 128px; color: var(--quiet); font-size: 12.5px; text-align: left; }
.compared .difference { color: var(--quiet); font-size: 13px; }
.compared .difference.odd { color: var(--warn); }
.limits td { padding-block: 7px; font-size: 13px; }
.limits meter { width: 72px; height: 8px; margin-right: 10px; vertical-align: 1px; }
.alerts { margin: 0; padding: 0; list-style: none; }
.alerts li {
  margin: 0 0 4px; padding: 6px 12px; border-left: 3px solid var(--rule); background: var(--raised);
  font-size: 13px; overflow-wrap: anywhere;
}
.alerts li.is-bad { border-color: var(--bad); }
.alerts li.is-warn { border-color: var(--warn); }
@media (max-width: 860px) {
  .trio { grid-template-columns: minmax(0, 1fr); gap: 20px; }
}
@media (max-width: 600px) {
  .compared .unit { display: block; min-width: 0; text-align: right; }
  .compared tr { display: grid; grid-template-columns: 1fr 1fr; }
  .compared thead th:first-child, .compared thead th:last-child { display: none; }
  .compared th[scope="row"] { grid-column: 1 / -1; border: 0; padding-bottom: 0; font-weight: 600; }
  .compared td { border: 0; padding-block: 2px; text-align: left; }
  .compared td .unit { text-align: left; }
  .compared th.amount { text-align: left; }
  .compared .difference { grid-column: 1 / -1; padding-bottom: 10px; border-bottom: 1px solid var(--rule); }
}
`;
