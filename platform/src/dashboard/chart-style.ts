// How charts and sparklines look, drawn by the server or by the script.

export const CHART_STYLE = `
:root { --first: var(--busy); --second: #8a5cc2; --third: #0f7f86; --fourth: #9a6a1f; }
@media (prefers-color-scheme: dark) {
  :root { --second: #c3a1f0; --third: #5cc9cf; --fourth: #d9ad66; }
}
.plot, .spark, .legend {
  & .is-first { --series: var(--first); }
  & .is-second { --series: var(--second); }
  & .is-third { --series: var(--third); }
  & .is-fourth { --series: var(--fourth); }
  & .is-good { --series: var(--good); }
  & .is-warn { --series: var(--warn); }
  & .is-bad { --series: var(--bad); }
}
.plot rect { fill: var(--series); }
.plot .line, .spark .line {
  fill: none; stroke: var(--series); stroke-width: 1.5; stroke-linejoin: round;
  vector-effect: non-scaling-stroke;
}
.spark { display: inline-block; width: 96px; height: 24px; vertical-align: middle; }

.is-drawn .plot, .is-drawn .axis { display: none; }
.drawing { min-height: 168px; margin: 6px 0 8px; }
.legend {
  display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px; min-height: 26px;
  margin-left: 40px; color: var(--quiet); font-size: 12.5px;
}
main .legend button {
  display: inline-flex; align-items: center; gap: 6px; padding: 1px 8px; border: 0;
  background: none; color: inherit;
}
.legend button::before {
  content: ""; width: 9px; height: 9px; border-radius: 2px; background: var(--series);
}
.legend button[aria-pressed="false"]::before {
  background: none; box-shadow: inset 0 0 0 1.5px var(--edge);
}
.legend button[aria-pressed="true"] { color: var(--ink); }
.legend button:hover { text-decoration: underline; }
.legend b { font-weight: 600; }
.legend .time { margin-left: auto; }
.u-cursor-pt { z-index: 1; }
.u-hz .u-cursor-x, .u-vt .u-cursor-y { border-right: 1px solid var(--edge); }
`;
