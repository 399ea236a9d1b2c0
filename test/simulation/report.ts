// The simulation as a page of text: what flows, what it costs, what would change it. It computes
// nothing that is not in what it is given.
import {
  ACTIVE_MS,
  APPENDS,
  BUSY_SHARE,
  FAILED_SHARE,
  ISOLATES,
  KINDS,
  MINUTES,
  READS_PER_APPEND,
  REFUSED_SHARE,
} from './assumptions.ts';
import { type Costs, totalOf } from './costs.ts';
import { METERS, type Meter, PRICES } from './prices.ts';
import { consumerSettings } from './shard-level.ts';
import type { Simulation } from './simulate.ts';

/** The same load under another setting. */
export interface Variation {
  readonly name: string;
  readonly simulation: Simulation;
  readonly costs: Costs;
}

const numbers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const whole = (value: number): string => numbers.format(value);
const dollars = (value: number): string => `$${numbers.format(value)}`;

export function reportText(variations: readonly Variation[]): string {
  const [base] = variations;
  if (!base) return '';
  return `${[
    heading(base.simulation),
    flowsText(base.simulation),
    costsText(base.costs),
    verdictText(variations),
    settingsText(variations),
    assumptionsText(base.simulation),
    pricesText(),
  ].join('\n\n')}\n`;
}

function heading({ assumed }: Simulation): string {
  const { tenants, entities, seed } = assumed;
  return `# Observability at scale

What observing ${whole(tenants)} tenants with ${whole(entities)} entities each comes to: a seeded simulation that
runs the repository's own code for what is sent, counted and stored. It is no measurement of
Cloudflare. \`node test/simulation/observability.ts --seed ${seed}\` prints this page; \`--help\` says more.`;
}

function flowsText({ flows, tenants, consumer, largestMessage }: Simulation): string {
  const appends = tenants.reduce((sum, one) => sum + one.appends, 0) / MINUTES;
  const loads = consumer.shards.map(({ factBytes }) => factBytes);
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  const rows = flows.map((flow) => [
    flow.name,
    whole(flow.messages),
    flow.bytes === 0 ? '–' : whole(flow.bytes),
    flow.rows === 0 ? '–' : whole(flow.rows),
    (flow.rows / appends).toFixed(1),
  ]);
  const head = ['A minute of', 'messages', 'bytes', 'rows written', 'rows an append'];
  return `## What flows

${table(head, rows)}

There are ${whole(appends)} appends a minute, and each writes three rows itself. The largest message has
${whole(largestMessage)} bytes, of 128,000 that a queue takes. The fullest of ${consumer.shards.length} shards has ${(Math.max(...loads) / mean).toFixed(2)} times the mean.`;
}

function costsText({ byLevel, byMeter, dollars: total }: Costs): string {
  const levels = [...byLevel].map(([level, own]) => [level, dollars(totalOf(own)), partsOf(own)]);
  const meters = METERS.map((meter) => {
    const { amount, dollars: cost } = byMeter[meter];
    return [PRICES[meter].unit, whole(amount), dollars(cost)];
  });
  return `## What it costs a month

${table(['Level, at list price', 'a month', 'of which'], levels)}

${table(['Price unit', 'a month', 'after what is included'], [...meters, ['together', '', dollars(total)]])}`;
}

/** The parts of a level's price, the most first. */
function partsOf(prices: Readonly<Record<Meter, number>>): string {
  const parts = METERS.filter((meter) => prices[meter] >= 0.5)
    .toSorted((a, b) => prices[b] - prices[a])
    .map((meter) => `${PRICES[meter].unit} ${dollars(prices[meter])}`);
  return parts.join(', ') || 'less than a dollar';
}

function verdictText(variations: readonly Variation[]): string {
  const [base, ...others] = variations;
  if (!base) return '';
  const { simulation, costs } = base;
  const { level, meter, dollars: cost } = costs.dominant;
  const all = [...costs.byLevel.values()].reduce((sum, own) => sum + totalOf(own), 0);
  const { shards } = simulation.consumer;
  const rows = shards.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0);
  const requests = shards.reduce((sum, { requestRows }) => sum + requestRows, 0);
  const perTenant = costs.dollars / simulation.assumed.tenants;
  const lines = [
    `That is $${perTenant.toFixed(2)} a tenant and month.`,
    `**What dominates** is ${PRICES[meter].unit} at the level “${level}”: ${dollars(cost)}, ${percent(cost, all)} of all at
list price. Of the rows that shards write, ${percent(requests, rows)} are for what the dispatcher counted. What takes most off
the bill is, in this order: ${byEffect(others)
      .map(({ name }) => name)
      .join(', ')}.`,
    `**What ends first** is room: a shard keeps each report and each message as a fact for good, and one
object holds 10 GB. At this rate the fullest shard is full after ${daysText(simulation)} days.`,
  ];
  return lines.join('\n\n');
}

function byEffect(variations: readonly Variation[]): Variation[] {
  return variations.toSorted((a, b) => a.costs.dollars - b.costs.dollars);
}

function percent(part: number, all: number): string {
  return `${Math.round((100 * part) / all)} %`;
}

function daysText({ daysToFull }: Simulation): string {
  return daysToFull.toFixed(daysToFull < 20 ? 1 : 0);
}

function settingsText(variations: readonly Variation[]): string {
  const rows = variations.map(({ name, simulation, costs }) => [
    name,
    dollars(costs.dollars),
    ...[...costs.byLevel].map(([, own]) => dollars(totalOf(own))),
    daysText(simulation),
  ]);
  const levels = [...(variations[0]?.costs.byLevel.keys() ?? [])];
  const head = ['Setting', 'a month', ...levels, 'days to a full shard'];
  return `## What changes it

${table(head, rows)}

\`interval_ms\` and \`sample\` are settings of a Config of type \`observability\`, of the platform or of a tenant.
How long the dispatcher counts before it tells is in its code.`;
}

function assumptionsText({ assumed, measures }: Simulation): string {
  const { max_batch_size: size, max_batch_timeout: seconds } = consumerSettings();
  const bytes = KINDS.map((kind) => `\`${kind}\` ${measures.factBytes[kind]}`).join(', ');
  const active = Object.entries(ACTIVE_MS).map(([name, ms]) => `${name} ${ms}`);
  return `## What is assumed, and what is measured

Assumed: ${100 * BUSY_SHARE} % of the entities are written to within ${MINUTES} minutes, each at its own rate (Pareto from ${APPENDS.least} a
minute, exponent ${APPENDS.tail}, at most ${APPENDS.most}); ${READS_PER_APPEND} reads for each append; ${100 * REFUSED_SHARE} % of the requests refused and ${100 * FAILED_SHARE} %
failed; ${ISOLATES} isolates of the dispatcher, telling after ${assumed.windowMs / 1000} s; nothing is lost, and nothing sent twice.
Milliseconds that an object is active for: ${active.join(', ')}.

Measured by running the code: when the SDK's emitter tells (a test holds the model against it); bytes of
a fact (${bytes}), of a report (${measures.messageBytes}) and of each message of the dispatcher; rows that a
tenant's system ledger writes for a fact (${measures.rowsPerFact}) and a report (${measures.rowsPerReport}); rows that the shards write, in
batches of ${size} messages or ${seconds} s, as the consumer is deployed. Rows read are estimated: one for a look-up.`;
}

function pricesText(): string {
  const rows = METERS.map((meter) => {
    const { unit, included, perMillion, source } = PRICES[meter];
    const price =
      meter === 'stored_gb' ? `$${(perMillion / 1e6).toFixed(2)} each` : `$${perMillion} a million`;
    return [unit, whole(included), price, source];
  });
  return `## Prices

As Cloudflare's documentation had them on 2026-11-22, for the paid plans.

${table(['Unit', 'included a month', 'beyond', 'page'], rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = line(head.map((_, index) => (index === 0 ? '---' : '---:')));
  return [line(head), rule, ...rows.map(line)].join('\n');
}
