// Entities: create, show, patch, move through the lifecycle.
import type { Entity } from '@z0-app/sdk';
import { answer, problem } from '../answer.ts';
import type { AppContext, Route } from '../app.ts';
import { entityIdFor } from '../entity-id.ts';
import { idPattern, kindOfType } from '../registry.ts';
import { readQuery, readWrite } from '../request.ts';
import { entityBody, lifecycleBody, noQuery, patchBody } from '../schemas.ts';
import { invalid, ledgerAt, notFound } from './lookup.ts';

const versionOf = (entity: Entity): number => entity.version;

async function create(c: AppContext, route: string): Promise<Response> {
  const read = await readWrite(c, route, entityBody);
  if (!read.ok) return problem(c, read.error);
  const { body, context } = read.value;
  const kind = kindOfType(body.type);
  if (!kind) return invalid(c, '/type', 'unknown_type', 'No ledger serves this type.');
  const id = body.id ?? (await entityIdFor(kind.prefix, context));
  const pattern = idPattern(kind);
  if (!pattern.test(id)) return invalid(c, '/id', 'invalid_id', `Expected ${pattern.source}.`);
  const ledger = ledgerAt(c, id);
  if (!ledger) return notFound(c);
  const outcome = await ledger.createEntity({ ...body, id }, context);
  return answer(c, outcome, { status: 201, versionOf });
}

async function show(c: AppContext): Promise<Response> {
  const query = readQuery(c, noQuery);
  if (!query.ok) return problem(c, query.error);
  const ledger = ledgerAt(c, c.req.param('id'));
  return ledger ? answer(c, await ledger.getEntity(), { versionOf }) : notFound(c);
}

async function patch(c: AppContext, route: string): Promise<Response> {
  const read = await readWrite(c, route, patchBody);
  if (!read.ok) return problem(c, read.error);
  const ledger = ledgerAt(c, c.req.param('id'));
  if (!ledger) return notFound(c);
  return answer(c, await ledger.patchEntity(read.value.body, read.value.context), { versionOf });
}

async function move(c: AppContext, route: string): Promise<Response> {
  const read = await readWrite(c, route, lifecycleBody);
  if (!read.ok) return problem(c, read.error);
  const ledger = ledgerAt(c, c.req.param('id'));
  if (!ledger) return notFound(c);
  return answer(c, await ledger.changeLifecycle(read.value.body, read.value.context), {
    versionOf,
  });
}

export const entityRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/entities', handle: create },
  { method: 'GET', path: '/v1/entities/:id', handle: show },
  { method: 'PATCH', path: '/v1/entities/:id', handle: patch },
  { method: 'POST', path: '/v1/entities/:id/lifecycle', handle: move },
];
