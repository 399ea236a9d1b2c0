// Beneath a chart: its series, each to be shown or hidden, with their values where the pointer is.

export interface LegendEntry {
  readonly name: string;
  readonly colour: string;
  readonly shown: boolean;
  /** At the pointer; `undefined` while there is none. */
  readonly value: string | undefined;
}

export interface ChartLegendProps {
  entries: readonly LegendEntry[];
  /** What the values are of: a time, or nothing. */
  time: string | undefined;
  onToggle: (index: number) => void;
}

export function ChartLegend(props: ChartLegendProps) {
  const { entries, time, onToggle } = props;
  return (
    <div class="legend figures">
      {entries.map(({ name, colour, shown, value }, index) => (
        <button
          key={name}
          type="button"
          class={`is-${colour}`}
          aria-pressed={shown}
          onClick={() => onToggle(index)}
        >
          {name}
          {value !== undefined && <b>{value}</b>}
        </button>
      ))}
      <span class="time">{time ?? ''}</span>
    </div>
  );
}
