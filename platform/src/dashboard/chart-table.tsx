// The numbers of a chart as a table, newest first. It is also where the script reads them from, so
// that what is drawn and what is written cannot differ.
import type { DrawnSeries } from './drawn-series.ts';
import { countText } from './figure-text.ts';
import { pointText, type TimeWindow } from './time-window.ts';

export interface ChartTableProps {
  id: string;
  window: TimeWindow;
  series: readonly DrawnSeries[];
}

/** Columns that a narrow screen has room for. */
const NARROW = 3;

export function ChartTable(props: ChartTableProps) {
  const { window, series } = props;
  const points = (series[0]?.values ?? []).map((_, index) => index).toReversed();
  const shown = points.filter((point) => series.some(({ values }) => (values[point] ?? 0) > 0));
  return (
    <details id={props.id}>
      <summary>As a table</summary>
      {shown.length === 0 && <p class="quiet">Nothing was reported for this time.</p>}
      <table class="dense" hidden={shown.length === 0}>
        <thead>
          <tr>
            <th scope="col">{`From (UTC), one ${window.resolution}`}</th>
            {series.map(({ name, colour, hidden }, index) => (
              <th
                scope="col"
                class={classOf(index)}
                data-colour={colour}
                data-hidden={hidden ? 'true' : undefined}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((point) => (
            <Row point={point} window={window} series={series} />
          ))}
        </tbody>
      </table>
    </details>
  );
}

function Row(props: { point: number; window: TimeWindow; series: readonly DrawnSeries[] }) {
  const at = props.window.from + props.point * props.window.stepMs;
  return (
    <tr data-at={at}>
      <td class="figures">{pointText(props.window, new Date(at).toISOString())}</td>
      {props.series.map(({ values }, index) => {
        const value = values[props.point] ?? null;
        return (
          <td class={classOf(index)} data-value={value ?? undefined}>
            {value === null ? '–' : countText(value)}
          </td>
        );
      })}
    </tr>
  );
}

function classOf(index: number): string {
  return index < NARROW ? 'amount' : 'amount wide';
}
