// The description of the API is the API: of its very schemas, with every route, and as it answers.
import { expect, test } from 'vitest';
import type * as z from 'zod/mini';
import * as shapes from '../../tenant-template/answer-shapes.ts';
import { openApiDocument } from '../../tenant-template/openapi-document.ts';
import written from '../../tenant-template/src/openapi.json' with { type: 'json' };
import { ROUTES } from '../../tenant-template/src/routes/route-table.ts';
import { type Answer, account, charge, get, post, put, send } from './client.ts';

test('the description is up to date; else run: node tenant-template/write-openapi.ts', () => {
  expect(written).toEqual(openApiDocument(ROUTES));
});

test('it is served, and every reference in it leads somewhere', async () => {
  const { status, body } = await get('/v1/openapi.json');
  expect([status, body]).toEqual([200, written]);
  const references = JSON.stringify(body).matchAll(/"\$ref":"#\/([^"]+)"/g);
  for (const [, pointer = ''] of references) {
    const found = pointer
      .split('/')
      .reduce<unknown>((at, step) => Reflect.get(Object(at), step), body);
    expect(found, pointer).toBeTypeOf('object');
  }
});

test('every route is described once, with an operationId of its own', () => {
  const operations = Object.entries(written.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({ path, method, operationId })),
  );
  expect(operations.map(({ path, method }) => `${method} ${path}`).toSorted()).toEqual(
    ROUTES.map(({ method, path }) => {
      return `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`;
    }).toSorted(),
  );
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(ROUTES.length);
});

const config = { type: 'terms', settings: { limit: 1 } };

async function outcomeOf(id: string): Promise<Answer> {
  const body = { entity_id: id, type: 'outcome', subtype: 'won', data: { subject: 'deal_1' } };
  await post('/v1/facts', body);
  return get(`/v1/entities/${id}/outcomes?subject=deal_1`);
}

async function factOf(id: string): Promise<Answer> {
  const { body } = await post('/v1/facts', charge(id, 1));
  return get(`/v1/entities/${id}/facts/${String(body.id)}`);
}

async function configOf(id: string, path = ''): Promise<Answer> {
  await put('/v1/configs/cfg_terms', { ...config, entity_id: id });
  return get(`${path}?entity_id=${id}`);
}

async function effectiveOf(id: string): Promise<Answer> {
  await configOf(id, '/v1/configs/cfg_terms');
  return get(`/v1/entities/${id}/configs/terms`);
}

async function childOf(id: string): Promise<Answer> {
  const child = await post('/v1/entities', { type: 'account', parent_id: id });
  return get(`/v1/entities/${String(child.body.id)}/relationships`);
}

/** One good request for each route. */
const TOUR: Record<string, (id: string) => Promise<Answer>> = {
  'GET /v1/health': () => get('/v1/health'),
  'GET /v1/openapi.json': () => get('/v1/openapi.json'),
  'POST /v1/entities': () => post('/v1/entities', { type: 'account', owner_id: 'me' }),
  'GET /v1/entities': () => get('/v1/entities'),
  'GET /v1/entities/:id': (id) => get(`/v1/entities/${id}`),
  'PATCH /v1/entities/:id': (id) =>
    send('PATCH', `/v1/entities/${id}`, JSON.stringify({ metadata: { a: 1 } })),
  'POST /v1/entities/:id/lifecycle': (id) =>
    post(`/v1/entities/${id}/lifecycle`, { to: 'retiring' }),
  'POST /v1/facts': (id) => post('/v1/facts', charge(id, 1)),
  'POST /v1/facts/batch': (id) =>
    post('/v1/facts/batch', { entity_id: id, facts: [{ type: 'note' }] }),
  'GET /v1/entities/:id/facts': (id) => get(`/v1/entities/${id}/facts`),
  'GET /v1/entities/:id/facts/:fact_id': factOf,
  'GET /v1/entities/:id/state': (id) => get(`/v1/entities/${id}/state`),
  'GET /v1/entities/:id/outcomes': outcomeOf,
  'GET /v1/entities/:id/relationships': childOf,
  'POST /v1/entities/:id/state/reconstruct': (id) =>
    send('POST', `/v1/entities/${id}/state/reconstruct`),
  'POST /v1/entities/:id/reconcile': (id) => send('POST', `/v1/entities/${id}/reconcile`),
  'GET /v1/entities/:id/verify': (id) => get(`/v1/entities/${id}/verify`),
  'PUT /v1/configs/:id': (id) => put('/v1/configs/cfg_terms', { ...config, entity_id: id }),
  'GET /v1/configs/:id': (id) => configOf(id, '/v1/configs/cfg_terms'),
  'GET /v1/configs/:id/versions': (id) => configOf(id, '/v1/configs/cfg_terms/versions'),
  'GET /v1/entities/:id/configs/:type': effectiveOf,
  'POST /v1/entities/:id/what-if': (id) => post(`/v1/entities/${id}/what-if`, config),
};

test.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))(
  '%s answers as it is described',
  async (name, { answer, statuses = [200] }) => {
    const asked = await TOUR[name]?.(await account());
    expect(statuses).toContain(asked?.status);
    const described = new Map<string, z.ZodMiniType>(Object.entries(shapes)).get(answer);
    expect(described?.safeParse(asked?.body)).toMatchObject({ success: true });
  },
);
