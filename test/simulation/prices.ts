// Cloudflare's price units, as its documentation had them on 2026-11-22, in US dollars a month. Each
// names the page; nothing was fetched, and a contract of one's own may say otherwise.

export interface Price {
  readonly unit: string;
  /** A month, in the paid plans. */
  readonly included: number;
  readonly perMillion: number;
  readonly source: string;
}

export const PRICES = {
  worker_requests: {
    unit: 'requests of Workers',
    included: 20e6,
    perMillion: 0.3,
    source: 'Workers for Platforms, Pricing',
  },
  object_requests: {
    unit: 'requests and alarms of Durable Objects',
    included: 1e6,
    perMillion: 0.15,
    source: 'Durable Objects, Pricing, Compute billing',
  },
  object_gb_s: {
    unit: 'GB-s of Durable Objects',
    included: 400_000,
    perMillion: 12.5,
    source: 'Durable Objects, Pricing, Compute billing',
  },
  rows_read: {
    unit: 'rows read',
    included: 25e9,
    perMillion: 0.001,
    source: 'Durable Objects, Pricing, SQLite storage backend',
  },
  rows_written: {
    unit: 'rows written',
    included: 50e6,
    perMillion: 1,
    source: 'Durable Objects, Pricing, SQLite storage backend',
  },
  stored_gb: {
    unit: 'GB-months stored',
    included: 5,
    perMillion: 200_000,
    source: 'Durable Objects, Pricing, SQLite storage backend',
  },
  queue_operations: {
    unit: 'queue operations of 64 KB',
    included: 1e6,
    perMillion: 0.4,
    source: 'Queues, Pricing',
  },
  data_points: {
    unit: 'Analytics Engine points',
    included: 10e6,
    perMillion: 0.25,
    source: 'Workers Analytics Engine, Pricing',
  },
} as const satisfies Readonly<Record<string, Price>>;

export type Meter = keyof typeof PRICES;

export const METERS = Object.keys(PRICES).filter((name): name is Meter => name in PRICES);

/** An object is billed as if it had this much memory. */
export const OBJECT_GB = 0.128;
/** A message is billed as one operation for each of these that it begins. */
export const QUEUE_OPERATION_BYTES = 64_000;
/** Written, read and deleted. */
export const OPERATIONS_PER_MESSAGE = 3;
/** Most that a queue takes in one message. */
export const QUEUE_MESSAGE_BYTES = 128_000;
/** Most that one Durable Object holds. */
export const OBJECT_BYTES = 10e9;

/** Of a month, without what is included. */
export function listPrice(meter: Meter, amount: number): number {
  return (amount * PRICES[meter].perMillion) / 1e6;
}

/** Of a month, after what is included. */
export function billed(meter: Meter, amount: number): number {
  return listPrice(meter, Math.max(0, amount - PRICES[meter].included));
}
