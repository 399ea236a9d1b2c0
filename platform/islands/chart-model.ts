// What there is to draw in a chart's figure: read from the table beneath it, never from elsewhere.
// Also makes the place for the drawing, in a page that is shown or about to be.

export interface ChartModel {
  readonly kind: 'bars' | 'line';
  readonly unit: string;
  /** Unix seconds; `to` is exclusive. */
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly starts: readonly number[];
  readonly series: readonly ModelSeries[];
}

export interface ModelSeries {
  readonly name: string;
  /** Of a CSS variable, without its dashes. */
  readonly colour: string;
  readonly hidden: boolean;
  /** One for each of `starts`; `null` where nothing is known. */
  readonly values: readonly (number | null)[];
}

/** A place for the drawing in every figure that has something to draw. */
export function addDrawings(page: Document): void {
  for (const figure of page.querySelectorAll<HTMLElement>('figure[data-chart]')) {
    const plot = figure.querySelector('.plot');
    const has = figure.querySelector('[data-host]') !== null;
    if (plot === null || has || figure.querySelector('tr[data-at]') === null) continue;
    const host = page.createElement('div');
    host.className = 'drawing';
    host.id = `${figure.id}-drawing`;
    host.dataset.host = '';
    plot.after(host);
    figure.classList.add('is-drawn');
  }
}

export function readChart(figure: HTMLElement): ChartModel {
  const { chart, unit = '', from, to, step } = figure.dataset;
  const seconds = (text: string | undefined) => Number(text) / 1_000;
  const kind = chart === 'line' ? 'line' : 'bars';
  const range = { from: seconds(from), to: seconds(to), step: seconds(step) };
  const starts: number[] = [];
  for (let at = range.from; at < range.to; at += range.step) starts.push(at);
  const rows = new Map<number, HTMLTableCellElement[]>();
  for (const row of figure.querySelectorAll<HTMLElement>('tr[data-at]')) {
    rows.set(seconds(row.dataset.at), [...row.querySelectorAll<HTMLTableCellElement>('td')]);
  }
  const heads = [...figure.querySelectorAll<HTMLElement>('th[data-colour]')];
  const series = heads.map((head, index): ModelSeries => {
    const valueAt = (at: number) => {
      const row = rows.get(at);
      const text = row?.[index + 1]?.dataset.value;
      if (text !== undefined) return Number(text);
      return kind === 'bars' ? 0 : null;
    };
    const { colour = 'first', hidden } = head.dataset;
    const values = starts.map(valueAt);
    return { name: head.textContent, colour, hidden: hidden !== undefined, values };
  });
  return { kind, unit, ...range, starts, series };
}

/** A start in words, in UTC like everything else on the page. */
export function timeText(model: ChartModel, at: number): string {
  const text = new Date(at * 1_000).toISOString();
  if (model.step >= 86_400) return text.slice(0, 10);
  return model.step >= 3_600 ? text.slice(5, 16).replace('T', ' ') : text.slice(11, 16);
}

/** As `timeText`, short enough for an axis: the day stands where it begins. */
export function tickText(model: ChartModel, at: number): string {
  const text = new Date(at * 1_000).toISOString();
  const isDay = model.step >= 86_400 || (model.step >= 3_600 && at % 86_400 === 0);
  return isDay ? text.slice(5, 10) : text.slice(11, 16);
}
