// Serves the table of tenants to a signed-in operator.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../../http/app-env.ts';
import { page } from '../page.ts';
import { signedIn } from '../session/sign-in.tsx';
import { readTableState } from './tenant-order.ts';
import { readTenantTable } from './tenant-table.ts';
import { TenantsPage } from './tenants-page.tsx';

const MOVING = new Set(['provisioning', 'deleting']);

export function mountTenants(app: OpenAPIHono<AppEnv>): void {
  app.get('/dashboard/tenants', signedIn, async (c) => {
    const state = readTableState(c.req.query());
    const now = Date.now();
    const table = await readTenantTable(c.env, state, now);
    return c.html(
      page(
        <TenantsPage
          environment={c.env.ENVIRONMENT}
          platformUrl={c.env.ISSUER}
          table={table}
          state={state}
          now={now}
          refresh={table.lines.some(({ status }) => MOVING.has(status))}
        />,
      ),
    );
  });
}
