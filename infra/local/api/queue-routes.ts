// Queues, their consumers, and Workflows: named things whose data the runtime keeps.
import { type Context, Hono } from 'hono';
import type { QueueConsumer, Resource } from '../state/state-store.ts';
import type { ApiContext } from './api-context.ts';
import { ApiError, ok, okList, readObject, stringField } from './envelope.ts';

const QUEUES = '/accounts/:account/queues';
const CONSUMERS = `${QUEUES}/:queue/consumers`;
const WORKFLOW = '/accounts/:account/workflows/:workflow';

/** Of a queue that was told nothing. */
const SETTINGS = { delivery_delay: 0, delivery_paused: false, message_retention_period: 345_600 };

export function queueRoutes(api: ApiContext): Hono {
  return new Hono()
    .get(QUEUES, (c) => {
      const name = c.req.query('name');
      const all = api.state.listResources('queue');
      const found = name === undefined ? all : all.filter((queue) => queue.name === name);
      return okList(
        c,
        found.map((queue) => queueBody(api, queue)),
      );
    })
    .post(QUEUES, async (c) => {
      const body = await readObject(c);
      const name = stringField(body, 'queue_name');
      if (api.state.findResource('queue', name) !== undefined) {
        throw new ApiError(409, 11009, `Queue name '${name}' is already taken.`);
      }
      const queue = api.state.createResource('queue', name, queueSettings(body));
      api.runtime.accountChanged();
      return ok(c, queueBody(api, queue));
    })
    .get(`${QUEUES}/:queue`, (c) => ok(c, queueBody(api, queueOf(api, c))))
    .put(`${QUEUES}/:queue`, (c) => changeQueue(api, c))
    .patch(`${QUEUES}/:queue`, (c) => changeQueue(api, c))
    .delete(`${QUEUES}/:queue`, (c) => {
      api.state.deleteResource('queue', queueOf(api, c).id);
      api.runtime.accountChanged();
      return ok(c, null);
    })
    .route('/', consumerRoutes(api))
    .route('/', workflowRoutes(api));
}

function consumerRoutes(api: ApiContext): Hono {
  return new Hono()
    .get(CONSUMERS, (c) => okList(c, queueBody(api, queueOf(api, c)).consumers))
    .post(CONSUMERS, (c) => putConsumer(api, c))
    .get(`${CONSUMERS}/:consumer`, (c) => {
      const queue = queueOf(api, c);
      return ok(c, consumerBody(queue, consumerOf(api, queue, c)));
    })
    .put(`${CONSUMERS}/:consumer`, (c) => {
      consumerOf(api, queueOf(api, c), c);
      return putConsumer(api, c);
    })
    .delete(`${CONSUMERS}/:consumer`, (c) => {
      api.state.deleteQueueConsumer(consumerOf(api, queueOf(api, c), c).id);
      api.runtime.accountChanged();
      return ok(c, null);
    });
}

function workflowRoutes(api: ApiContext): Hono {
  const find = (c: Context): Resource => {
    const workflow = api.state.findResource('workflow', c.req.param('workflow') ?? '');
    if (workflow === undefined) throw new ApiError(404, 10200, 'workflow.not_found');
    return workflow;
  };
  return new Hono()
    .get('/accounts/:account/workflows', (c) =>
      okList(c, api.state.listResources('workflow').map(workflowBody)),
    )
    .get(WORKFLOW, (c) => ok(c, workflowBody(find(c))))
    .put(WORKFLOW, async (c) => {
      const name = c.req.param('workflow');
      const settings = await readObject(c);
      const existing = api.state.findResource('workflow', name);
      if (existing === undefined)
        return ok(c, workflowBody(api.state.createResource('workflow', name, settings)));
      api.state.updateResource('workflow', name, settings);
      return ok(c, workflowBody({ ...existing, settings }));
    })
    .delete(WORKFLOW, (c) => {
      api.state.deleteResource('workflow', find(c).id);
      return ok(c, null);
    });
}

/** Name and settings; what is left out stays. Bindings name a queue, so a name cannot change. */
async function changeQueue(api: ApiContext, c: Context): Promise<Response> {
  const body = await readObject(c);
  const queue = queueOf(api, c);
  if (body.queue_name !== undefined && body.queue_name !== queue.name) {
    const message = 'A queue keeps its name here: create another and bind that.';
    throw new ApiError(400, 10001, message);
  }
  const settings = { ...queue.settings, ...queueSettings(body) };
  api.state.updateResource('queue', queue.id, settings);
  return ok(c, queueBody(api, { ...queue, settings }));
}

/** What would change when messages arrive is refused; how long they are kept is only noted. */
function queueSettings({ settings }: Record<string, unknown>): Record<string, unknown> {
  const { ...given }: Record<string, unknown> = typeof settings === 'object' ? { ...settings } : {};
  if (given.delivery_paused === true) {
    const message =
      'The delivery of a queue cannot be paused in the embedded Cloudflare: remove its consumer instead.';
    throw new ApiError(400, 10001, message);
  }
  if (Number(given.delivery_delay ?? 0) > 0) {
    const message =
      'A queue has no delivery_delay of its own in the embedded Cloudflare: give one to the binding of the producer.';
    throw new ApiError(400, 10001, message);
  }
  return given;
}

async function putConsumer(api: ApiContext, c: Context): Promise<Response> {
  const queue = queueOf(api, c);
  const body = await readObject(c);
  const { settings, type = 'worker', script = body.service } = body;
  if (type !== 'worker') {
    const message = `Consumers of the type ${String(type)} are not offered in the embedded Cloudflare: consume the queue with a Worker.`;
    throw new ApiError(400, 10001, message);
  }
  const scriptName = stringField({ script_name: script, ...body }, 'script_name');
  if (api.scripts.find('', scriptName) === undefined) {
    throw new ApiError(404, 10007, `The Worker '${scriptName}' does not exist.`);
  }
  const consumer = api.state.putQueueConsumer(queue.id, scriptName, {
    ...(typeof settings === 'object' ? settings : {}),
    dead_letter_queue: body.dead_letter_queue,
  });
  api.runtime.accountChanged();
  return ok(c, consumerBody(queue, consumer));
}

function consumerOf(api: ApiContext, queue: Resource, c: Context): QueueConsumer {
  const id = c.req.param('consumer');
  const consumer = api.state.listQueueConsumers(queue.id).find((one) => one.id === id);
  if (consumer === undefined) throw new ApiError(404, 11004, 'The consumer does not exist.');
  return consumer;
}

function consumerBody(queue: Resource, consumer: QueueConsumer): Record<string, unknown> {
  const { id, scriptName, settings } = consumer;
  return {
    consumer_id: id,
    queue_id: queue.id,
    queue_name: queue.name,
    script: scriptName,
    service: scriptName,
    environment: 'production',
    type: 'worker',
    settings,
    ...(typeof settings.dead_letter_queue === 'string' && {
      dead_letter_queue: settings.dead_letter_queue,
    }),
  };
}

function workflowBody({ name, settings, createdOn }: Resource): Record<string, unknown> {
  return { id: name, name, ...settings, created_on: createdOn, modified_on: createdOn };
}

function queueOf(api: ApiContext, c: Context): Resource {
  const queue = api.state.findResource('queue', c.req.param('queue') ?? '');
  if (queue === undefined) throw new ApiError(404, 11000, 'The queue does not exist.');
  return queue;
}

function queueBody(
  api: ApiContext,
  queue: Resource,
): { consumers: unknown[]; [field: string]: unknown } {
  const consumers = api.state
    .listQueueConsumers(queue.id)
    .map((consumer) => consumerBody(queue, consumer));
  const producers = api.scripts
    .list('')
    .filter(({ bindings }) =>
      bindings.some(({ type, queue_name: name }) => type === 'queue' && name === queue.name),
    )
    .map(({ name }) => ({
      script: name,
      service: name,
      environment: 'production',
      type: 'worker',
    }));
  return {
    queue_id: queue.id,
    queue_name: queue.name,
    created_on: queue.createdOn,
    modified_on: queue.createdOn,
    producers,
    producers_total_count: producers.length,
    consumers,
    consumers_total_count: consumers.length,
    settings: { ...SETTINGS, ...queue.settings },
  };
}
