// One chart drawn by uPlot into its place. It follows the page's colours and width, takes no keys and
// scrolls nothing; what it shows is also in the table beneath it.
import { h, render } from 'preact';
import uPlot from 'uplot';
import { ChartLegend } from './chart-legend.tsx';
import { type ChartModel, tickText, timeText } from './chart-model.ts';

const HEIGHT = 168;
const NARROWEST = 120;

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const exact = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

export class DrawnChart {
  readonly #host: HTMLElement;
  readonly #legend: HTMLElement;
  readonly #plot: uPlot;
  readonly #resizing: ResizeObserver;
  #model: ChartModel;
  #shown: boolean[];

  constructor(host: HTMLElement, model: ChartModel) {
    this.#host = host;
    this.#model = model;
    this.#shown = model.series.map(({ hidden }) => !hidden);
    const canvas = document.createElement('div');
    this.#legend = document.createElement('div');
    // The drawing has no more to say than the figure's heading and its table.
    canvas.ariaHidden = 'true';
    host.append(canvas, this.#legend);
    this.#plot = new uPlot(this.#options(), dataOf(model), canvas);
    this.#resizing = new ResizeObserver(() => this.#fit());
    this.#resizing.observe(host);
    this.#renderLegend();
  }

  /** Whether it can show `model` as it is: series come and go only with another page. */
  fits(model: ChartModel): boolean {
    return namesOf(model) === namesOf(this.#model) && model.kind === this.#model.kind;
  }

  show(model: ChartModel): void {
    if (JSON.stringify(model) === JSON.stringify(this.#model)) return;
    this.#model = model;
    this.#plot.setData(dataOf(model));
    this.#renderLegend();
  }

  /** In the colours that the page has by now. */
  redraw(): void {
    this.#plot.redraw(true);
  }

  destroy(): void {
    this.#resizing.disconnect();
    this.#plot.destroy();
    render(null, this.#legend);
    this.#host.replaceChildren();
  }

  #options(): uPlot.Options {
    const axis = { stroke: () => colour('quiet'), font: '12px system-ui, sans-serif' };
    const faint = { stroke: () => colour('rule'), width: 1 };
    return {
      width: this.#width(),
      height: HEIGHT,
      legend: { show: false },
      tzDate: (at) => uPlot.tzDate(new Date(at * 1_000), 'Etc/UTC'),
      cursor: {
        sync: { key: 'page' },
        drag: { x: false, y: false },
        y: false,
        points: { size: 6 },
      },
      scales: {
        x: { time: true, range: () => [this.#model.from, this.#model.to] },
        y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          ticks: { ...faint, size: 4 },
          size: 28,
          space: 68,
          values: (_, splits) => splits.map((at) => tickText(this.#model, at)),
        },
        {
          ...axis,
          grid: faint,
          ticks: { show: false },
          size: 44,
          space: 32,
          values: (_, splits) => splits.map((value) => this.#amountText(value)),
        },
      ],
      series: [{}, ...this.#model.series.map((_, index) => this.#series(index))],
      hooks: { setCursor: [() => this.#renderLegend()] },
    };
  }

  /** There is no half of a thing that is counted. */
  #amountText(value: number): string {
    return this.#model.kind === 'bars' && !Number.isInteger(value) ? '' : compact.format(value);
  }

  #series(index: number): uPlot.Series {
    const paint = () => colour(this.#model.series[index]?.colour ?? 'first');
    const common = { show: this.#shown[index] ?? true, points: { show: false }, stroke: paint };
    const bars = uPlot.paths.bars;
    if (this.#model.kind === 'line' || bars === undefined) {
      const filter = () => aloneIn(this.#model.series[index]?.values ?? []);
      return { ...common, width: 1.5, points: { show: true, size: 4, fill: paint, filter } };
    }
    return { ...common, width: 0, fill: paint, paths: bars({ size: [0.76, 64], align: 1 }) };
  }

  #toggle(index: number): void {
    this.#shown = this.#shown.with(index, !this.#shown[index]);
    this.#plot.setSeries(index + 1, { show: this.#shown[index] ?? true });
    this.#renderLegend();
  }

  #renderLegend(): void {
    const { series, starts } = this.#model;
    const at = this.#plot?.cursor.idx ?? undefined;
    const start = at === undefined ? undefined : starts[at];
    const valueText = (value: number | null | undefined) =>
      value === null || value === undefined ? '–' : exact.format(value);
    const entries = series.map(({ name, colour: own, values }, index) => ({
      name,
      colour: own,
      shown: this.#shown[index] ?? true,
      value: at === undefined ? undefined : valueText(values[at]),
    }));
    const time = start === undefined ? undefined : `${timeText(this.#model, start)} UTC`;
    const onToggle = (index: number) => this.#toggle(index);
    render(h(ChartLegend, { entries, time, onToggle }), this.#legend);
  }

  #fit(): void {
    const width = this.#width();
    if (width !== this.#plot.width) this.#plot.setSize({ width, height: HEIGHT });
  }

  #width(): number {
    return Math.max(NARROWEST, Math.floor(this.#host.clientWidth));
  }
}

function dataOf({ starts, series }: ChartModel): uPlot.AlignedData {
  return [[...starts], ...series.map(({ values }) => [...values])];
}

/** Values without a neighbour: a line has nothing to join them with. */
function aloneIn(values: readonly (number | null)[]): number[] {
  const has = (index: number) => (values[index] ?? null) !== null;
  const all = [...values.keys()];
  return all.filter((index) => has(index) && !has(index - 1) && !has(index + 1));
}

function namesOf({ series }: ChartModel): string {
  return series.map(({ name }) => name).join('\n');
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
