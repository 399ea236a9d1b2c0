// The other end of the dispatcher's queue: a consumer that keeps what it is handed, and Workers that
// stand in the queue's place to fail. Runs in Node, as part of the vitest config.
export const METRICS_QUEUE = 'z0-platform-metrics';

const script = `
  import { WorkerEntrypoint } from 'cloudflare:workers';
  const received = [];
  export class Broken extends WorkerEntrypoint {
    send() { throw new Error('the queue is away'); }
  }
  export class Hanging extends WorkerEntrypoint {
    async send() { await scheduler.wait(60_000); }
  }
  export default {
    queue: (batch) => { for (const { body } of batch.messages) received.push(body); },
    fetch: () => Response.json(received),
  };`;

export const metricsWorkers = [
  {
    name: 'metrics',
    modules: true,
    script,
    compatibilityDate: '2026-10-01',
    queueConsumers: { [METRICS_QUEUE]: { maxBatchTimeout: 0 } },
  },
];
