// A row of numbers with their names. Shows what it is given and counts nothing itself.

export interface Figure {
  readonly name: string;
  readonly value: string;
  /** What to know beside the number. */
  readonly note?: string;
}

export function Figures(props: { figures: readonly Figure[] }) {
  return (
    <dl class={`tiles of-${props.figures.length}`}>
      {props.figures.map(({ name, value, note }) => (
        <div>
          <dt>{name}</dt>
          <dd class="value figures">{value}</dd>
          {note && <dd class="note">{note}</dd>}
        </div>
      ))}
    </dl>
  );
}
