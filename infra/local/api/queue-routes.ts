// Queues, their consumers, and Workflows: named things whose data the runtime keeps.
import { type Context, Hono } from 'hono';
import type { Resource } from '../state/state-store.ts';
import type { ApiContext } from './api-context.ts';
import { ApiError, ok, okList, readObject, stringField } from './envelope.ts';

const QUEUES = '/accounts/:account/queues';
const CONSUMERS = `${QUEUES}/:queue/consumers`;
const WORKFLOW = '/accounts/:account/workflows/:workflow';

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
      const name = stringField(await readObject(c), 'queue_name');
      if (api.state.findResource('queue', name) !== undefined) {
        throw new ApiError(409, 11009, `Queue name '${name}' is already taken.`);
      }
      const queue = api.state.createResource('queue', name, {});
      api.runtime.accountChanged();
      return ok(c, queueBody(api, queue));
    })
    .get(`${QUEUES}/:queue`, (c) => ok(c, queueBody(api, queueOf(api, c))))
    .delete(`${QUEUES}/:queue`, (c) => {
      api.state.deleteResource('queue', queueOf(api, c).id);
      api.runtime.accountChanged();
      return ok(c, null);
    })
    .get(CONSUMERS, (c) => okList(c, queueBody(api, queueOf(api, c)).consumers))
    .post(CONSUMERS, (c) => putConsumer(api, c))
    .put(`${CONSUMERS}/:consumer`, (c) => putConsumer(api, c))
    .get(WORKFLOW, (c) => {
      const workflow = api.state.findResource('workflow', c.req.param('workflow'));
      if (workflow === undefined) throw new ApiError(404, 10200, 'workflow.not_found');
      return ok(c, workflowBody(workflow));
    })
    .put(WORKFLOW, async (c) => {
      const name = c.req.param('workflow');
      const settings = await readObject(c);
      const existing = api.state.findResource('workflow', name);
      if (existing === undefined)
        return ok(c, workflowBody(api.state.createResource('workflow', name, settings)));
      api.state.updateResource('workflow', name, settings);
      return ok(c, workflowBody({ ...existing, settings }));
    });
}

async function putConsumer(api: ApiContext, c: Context): Promise<Response> {
  const queue = queueOf(api, c);
  const body = await readObject(c);
  const settings = body.settings;
  const consumer = api.state.putQueueConsumer(queue.id, stringField(body, 'script_name'), {
    ...(typeof settings === 'object' ? settings : {}),
    dead_letter_queue: body.dead_letter_queue,
  });
  api.runtime.accountChanged();
  return ok(c, {
    consumer_id: consumer.id,
    queue_name: queue.name,
    script: consumer.scriptName,
    type: 'worker',
  });
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
  const consumers = api.state.listQueueConsumers(queue.id).map((consumer) => ({
    consumer_id: consumer.id,
    queue_id: queue.id,
    script: consumer.scriptName,
    service: consumer.scriptName,
    environment: 'production',
    type: 'worker',
    settings: consumer.settings,
  }));
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
    settings: { delivery_delay: 0, delivery_paused: false, message_retention_period: 345_600 },
  };
}
