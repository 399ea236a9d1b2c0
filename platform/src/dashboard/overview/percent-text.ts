// Small shares read exactly: of a million requests, a tenth of a percent is a thousand. Pure.

/** `12 %`, `0.4 %`, `<0.01 %`, `0 %`; a dash when there is nothing to have a share of. */
export function percentText(part: number, whole: number): string {
  if (whole <= 0) return '–';
  const percent = (part / whole) * 100;
  if (percent === 0) return '0 %';
  if (percent < 0.01) return '<0.01 %';
  if (percent < 1) return `${Number(percent.toFixed(2))} %`;
  if (percent < 10) return `${Number(percent.toFixed(1))} %`;
  return `${percent > 99 && percent < 100 ? '>99' : Math.round(percent)} %`;
}

/** A rate a second: `1,200`, `3.4`, `0.02`, `0`. */
export function rateText(rate: number): string {
  if (rate >= 100) return Math.round(rate).toLocaleString('en-US');
  if (rate >= 10) return String(Number(rate.toFixed(1)));
  return rate > 0 && rate < 0.001 ? '<0.001' : String(Number(rate.toPrecision(2)));
}
