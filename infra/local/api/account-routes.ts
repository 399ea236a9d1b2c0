// Who the token belongs to, and the one account there is. Asked by clients before they do anything.
import { Hono } from 'hono';
import type { ApiContext } from './api-context.ts';
import { ok, okList } from './envelope.ts';

export function accountRoutes({ accountId }: ApiContext): Hono {
  const account = { id: accountId, name: 'Embedded Cloudflare', type: 'standard', settings: {} };
  const user = { id: accountId, email: 'operator@localhost', first_name: null, last_name: null };
  return new Hono()
    .get('/user/tokens/verify', (c) => ok(c, { id: accountId, status: 'active' }))
    .get('/user', (c) => ok(c, user))
    .get('/accounts', (c) => okList(c, [account]))
    .get('/accounts/:account', (c) => ok(c, account))
    .get('/memberships', (c) =>
      okList(c, [{ id: accountId, status: 'accepted', account, roles: ['Administrator'] }]),
    );
}
