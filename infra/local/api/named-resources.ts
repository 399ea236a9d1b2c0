// What D1, KV and R2 have in common: a catalogue of named things, made, found and taken away.
import type { Context } from 'hono';
import type { Resource, ResourceKind } from '../state/state-store.ts';
import type { ApiContext } from './api-context.ts';
import { ApiError, ok } from './envelope.ts';

const TAKEN = {
  d1: [7502, 'A database with that name already exists'],
  kv: [10014, 'a namespace with this account ID and title already exists'],
  r2: [10004, 'The bucket you tried to create already exists, and you own it.'],
  queue: [11009, 'The name of the queue is already taken.'],
  workflow: [10200, 'The name of the workflow is already taken.'],
} as const;

export function checkFree(api: ApiContext, kind: ResourceKind, name: string): void {
  if (api.state.findResource(kind, name) === undefined) return;
  const [code, message] = TAKEN[kind];
  throw new ApiError(400, code, message);
}

export function createNamed(api: ApiContext, kind: ResourceKind, name: string): Resource {
  checkFree(api, kind, name);
  const resource = api.state.createResource(kind, name, {});
  api.runtime.accountChanged();
  return resource;
}

export function removeNamed(
  api: ApiContext,
  c: Context,
  kind: ResourceKind,
  resource: Resource,
): Response {
  api.state.deleteResource(kind, resource.id);
  api.runtime.accountChanged();
  return ok(c, null);
}

/** Finds what the path names by id or by name, or refuses with `code`. */
export function finder(
  api: ApiContext,
  kind: ResourceKind,
  code: number,
  message: string,
): (c: Context) => Resource {
  return (c) => {
    const resource = api.state.findResource(kind, c.req.param('id') ?? '');
    if (resource === undefined) throw new ApiError(404, code, message);
    return resource;
  };
}
