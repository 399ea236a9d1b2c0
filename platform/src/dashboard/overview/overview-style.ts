// How the Overview looks: what needs a look, the four big figures, charts side by side.

export const OVERVIEW_STYLE = `
.standing { margin: 0; font-size: 13px; font-variant-numeric: tabular-nums; }
.incidents li { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 24px; }
.incidents li p { flex: 1 1 420px; margin: 0; }
.incidents li form { margin: 0; }
.incidents li button { padding: 2px 10px; font-size: 13px; }
.incidents .name { color: var(--ink); font-weight: 600; }
.next-action { font-size: 13px; white-space: nowrap; }
.big-figures {
  display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 1px; margin: 0 0 32px;
  overflow: hidden; border: 1px solid var(--rule); border-radius: 8px; background: var(--rule);
}
.big-figures > div { display: flex; flex-direction: column; padding: 14px 18px 0; background: var(--raised); }
.big-figures dt { font-size: 13px; }
.big-figures .value { font-size: 30px; line-height: 1.25; font-weight: 600; letter-spacing: -0.02em; }
.big-figures .note { color: var(--quiet); font-size: 12.5px; }
.big-figures .course { margin: auto -18px 0; padding-top: 10px; }
.big-figures .spark { display: block; width: 100%; height: 40px; }
.pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 40px; }
@media (max-width: 860px) {
  .big-figures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .pair { grid-template-columns: minmax(0, 1fr); }
}
@media (max-width: 600px) {
  .big-figures > div { padding: 10px 12px 0; }
  .big-figures .course { margin-inline: -12px; }
  .big-figures .value { font-size: 24px; }
  .incidents li p { flex-basis: 100%; }
}
`;
