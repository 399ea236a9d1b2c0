// What Cloudflare has and the embedded one has not, refused by name with what to do instead. A client
// learns it from the message, never from a bare 404.
import { Hono } from 'hono';
import { ApiError } from './envelope.ts';

const ACCOUNT = '/accounts/:account';
const WORKERS = `${ACCOUNT}/workers`;
const SCRIPT = `${WORKERS}/scripts/:script`;
const USER_WORKER = `${WORKERS}/dispatch/namespaces/:namespace/scripts/:script`;
const D1 = `${ACCOUNT}/d1/database/:id`;
const QUEUE = `${ACCOUNT}/queues/:queue`;
const BUCKET = `${ACCOUNT}/r2/buckets/:id`;

interface Refusal {
  readonly what: string;
  readonly instead: string;
  readonly paths: readonly string[];
  /** 10021 for what is part of an upload. */
  readonly code?: number;
}

const REFUSALS: readonly Refusal[] = [
  {
    what: 'Static assets are not served',
    instead: 'Take "assets" out of the configuration, or bundle the files into the code.',
    paths: [
      `${SCRIPT}/assets-upload-session`,
      `${USER_WORKER}/assets-upload-session`,
      `${WORKERS}/assets/upload`,
    ],
    code: 10021,
  },
  {
    what: 'User Workers have no versions, deployments or crons',
    instead: 'Upload the script: the upload is what runs.',
    paths: [`${USER_WORKER}/versions`, `${USER_WORKER}/deployments`, `${USER_WORKER}/schedules`],
  },
  {
    what: 'Zones, routes and custom domains are not offered',
    instead:
      'Take "routes" out of the configuration: every Worker answers at workers_url under the host <name>.workers.localhost.',
    paths: ['/zones/*', `${SCRIPT}/routes`, `${SCRIPT}/domains/*`, `${WORKERS}/domains/*`],
  },
  {
    what: 'Remote previews are not offered',
    instead: 'Deploy the Worker and call it, or use "wrangler dev" without --remote.',
    paths: [
      `${SCRIPT}/edge-preview`,
      `${SCRIPT}/subdomain/edge-preview`,
      `${WORKERS}/subdomain/edge-preview`,
      `${WORKERS}/workers/:script/previews/*`,
    ],
  },
  {
    what: 'The environments of a service are not offered',
    instead: 'Deploy each environment as a Worker with a name of its own.',
    paths: [`${WORKERS}/services/:script/environments/*`],
  },
  {
    what: 'Time travel of a D1 database is not offered',
    instead: 'Copy the state folder while nothing runs.',
    paths: [`${D1}/time_travel/*`],
  },
  {
    what: 'The messages of a queue cannot be read, sent or purged through the API',
    instead: 'Send them from a Worker that has the queue bound, and consume them with one.',
    paths: [`${QUEUE}/messages/*`, `${QUEUE}/purge`, `${QUEUE}/metrics`],
  },
  {
    what: 'Event subscriptions are not offered',
    instead: 'Send to the queue from a Worker.',
    paths: [`${ACCOUNT}/event_subscriptions/*`],
  },
  {
    what: 'A bucket has objects and nothing more: no domains, lifecycle rules, locks, notifications or catalogue',
    instead: 'Serve and delete its objects from a Worker that has it bound.',
    paths: [
      ...['cors', 'lifecycle', 'lock', 'local-uploads', 'sippy'].map((one) => `${BUCKET}/${one}`),
      `${BUCKET}/domains/*`,
      `${ACCOUNT}/event_notifications/*`,
      `${ACCOUNT}/r2-catalog/*`,
      `${ACCOUNT}/r2/temp-access-credentials`,
    ],
  },
  {
    what: 'The instances of a workflow cannot be reached through the API',
    instead: 'Start and follow them from a Worker that has the workflow bound.',
    paths: [
      `${ACCOUNT}/workflows/:workflow/instances/*`,
      `${ACCOUNT}/workflows/:workflow/versions/*`,
    ],
  },
  {
    what: 'Analytics are not kept',
    instead: 'Count in the Worker itself.',
    paths: ['/graphql', `${ACCOUNT}/analytics_engine/*`, `${WORKERS}/observability/*`],
  },
  ...Object.entries({
    ai: 'Workers AI',
    browser: 'Browser rendering',
    containers: 'Containers',
    hyperdrive: 'Hyperdrive',
    images: 'Images',
    mtls_certificates: 'mTLS certificates',
    pages: 'Pages',
    pipelines: 'Pipelines',
    secrets_store: 'The secrets store',
    stream: 'Stream',
    vectorize: 'Vectorize',
  }).map(([path, product]) => ({
    what: `${product}: this is not offered`,
    instead: 'Only what a Workers for Platforms project consists of is.',
    paths: [`${ACCOUNT}/${path}/*`],
  })),
];

/** To be mounted last: they answer every method that no route above them has. */
export function refusedRoutes(): Hono {
  const app = new Hono();
  for (const { what, instead, paths, code = 10001 } of REFUSALS) {
    for (const path of paths) {
      app.all(path, () => {
        const message = `${what} in the embedded Cloudflare. ${instead}`;
        throw new ApiError(400, code, message);
      });
    }
  }
  return app;
}
