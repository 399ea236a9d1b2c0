// All charts of the page: draws those that are new, gives newer numbers to those that are there, and
// lets go of those that went.
import { readChart } from './chart-model.ts';
import { DrawnChart } from './drawn-chart.ts';

const drawn = new Map<HTMLElement, DrawnChart>();

/** Brings the drawings in line with the page. */
export function drawCharts(): void {
  for (const [host, chart] of drawn) {
    if (host.isConnected) continue;
    chart.destroy();
    drawn.delete(host);
  }
  for (const figure of document.querySelectorAll<HTMLElement>('figure.is-drawn')) {
    const host = figure.querySelector<HTMLElement>('[data-host]');
    if (host !== null) drawInto(host, figure);
  }
}

/** To be called once per document. */
export function followColours(): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    for (const chart of drawn.values()) chart.redraw();
  });
}

function drawInto(host: HTMLElement, figure: HTMLElement): void {
  const model = readChart(figure);
  const known = drawn.get(host);
  if (known?.fits(model)) return known.show(model);
  known?.destroy();
  drawn.set(host, new DrawnChart(host, model));
}
