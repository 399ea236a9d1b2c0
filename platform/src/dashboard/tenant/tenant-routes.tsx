// Serves the page of a tenant to a signed-in operator, and the two actions that it offers.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../../http/app-env.ts';
import { RESOLUTIONS } from '../../stats/stats-view.ts';
import { tenantId } from '../../tenants/tenant-id.ts';
import { currentRun } from '../../tenants/tenant-state.ts';
import { page } from '../page.ts';
import { sameOrigin } from '../session/same-origin.tsx';
import { signedIn } from '../session/sign-in.tsx';
import { NoSuchTenant } from './no-such-tenant.tsx';
import { ACTIONS, confirmAction, runAction } from './tenant-actions.tsx';
import { readTenant } from './tenant-data.ts';
import { TenantPage } from './tenant-page.tsx';

export function mountTenant(app: OpenAPIHono<AppEnv>): void {
  app.get('/dashboard/tenants/:id', signedIn, async (c) => {
    const id = tenantId.safeParse(c.req.param('id'));
    const asked = c.req.query('resolution');
    const resolution = RESOLUTIONS.find((name) => name === asked) ?? 'minute';
    const data = id.success ? await readTenant(c.env, id.data, resolution, Date.now()) : undefined;
    if (data === undefined) {
      return c.html(page(<NoSuchTenant environment={c.env.ENVIRONMENT} />), 404);
    }
    return c.html(
      page(
        <TenantPage
          environment={c.env.ENVIRONMENT}
          platformUrl={c.env.ISSUER}
          dispatcherUrl={c.env.DISPATCHER_URL}
          data={data}
          refresh={currentRun(data.tenant) !== undefined}
        />,
      ),
    );
  });
  for (const action of ACTIONS) {
    const path = `/dashboard/tenants/:id/${action}`;
    app.get(path, signedIn, (c) => confirmAction(c, action));
    app.post(path, signedIn, sameOrigin, (c) => runAction(c, action));
  }
}
