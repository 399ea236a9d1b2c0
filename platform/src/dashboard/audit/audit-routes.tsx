// Serves the Audit page to a signed-in operator.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { readAudit } from '../../audit/audit-index.ts';
import { auditConfigs } from '../../audit/project-audit.ts';
import type { AppEnv } from '../../http/app-env.ts';
import { attempt } from '../attempt.ts';
import { page } from '../page.ts';
import { signedIn } from '../session/sign-in.tsx';
import { tenantsById } from '../tenants/tenant-query.ts';
import { AuditPage } from './audit-page.tsx';
import { auditQueryOf, readAuditState } from './audit-query.ts';

const PAGE_SIZE = 50;

export function mountAudit(app: OpenAPIHono<AppEnv>): void {
  app.get('/dashboard/audit', signedIn, async (c) => {
    const state = readAuditState(c.req.query());
    // The list is shown even while the newest Configs cannot be fetched.
    await attempt('configs', auditConfigs(c.env));
    const entries = await attempt('audit', readAudit(c.env.DB, auditQueryOf(state, PAGE_SIZE)));
    const ids = new Set((entries?.data ?? []).map(({ tenant_id }) => tenant_id));
    const rows = await attempt('names', tenantsById(c.env.DB, [...ids]));
    return c.html(
      page(
        <AuditPage
          environment={c.env.ENVIRONMENT}
          platformUrl={c.env.ISSUER}
          state={state}
          entries={entries}
          names={new Map((rows ?? []).map((row) => [row.id, row.name]))}
          now={Date.now()}
        />,
      ),
    );
  });
}
