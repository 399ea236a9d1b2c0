// The pages that a tenant sees of itself, signed in with one of its keys. Which tenant that is comes
// from the session alone: no address and no form names one.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { page } from '../dashboard/page.ts';
import { pageHeaders } from '../dashboard/page-headers.ts';
import type { AppEnv } from '../http/app-env.ts';
import { tenantEvents } from '../live/event-routes.ts';
import { RESOLUTIONS, type Resolution } from '../stats/stats-view.ts';
import { mountPortalLog } from '../tail/log-routes.tsx';
import { PortalAccess, readLooks } from './access/portal-access.tsx';
import { showPortalEntities, showPortalEntity } from './entities/portal-entities.tsx';
import { PortalErrors, readPortalErrors } from './errors/portal-errors.tsx';
import { mountPortalKeys } from './keys/portal-key-routes.tsx';
import { PortalLimits, readUsage } from './limits/portal-limits.tsx';
import { NoSuchThing } from './no-such-thing.tsx';
import { PortalOverview, readPortalOverview } from './overview/portal-overview.tsx';
import { ownForm } from './portal-form.tsx';
import { asVisitor, signInToPortal, signOutOfPortal } from './session/portal-sign-in.tsx';
import {
  PortalVersions,
  readOwnRuns,
  readOwnSecrets,
  readOwnVersions,
  readUploads,
} from './versions/portal-versions.tsx';

/** Every page has a form, and with `no-referrer` a browser would send `Origin: null` with it. */
const formsWork: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  c.res.headers.set('referrer-policy', 'same-origin');
};

export function mountPortal(app: OpenAPIHono<AppEnv>): void {
  app.use('/portal', pageHeaders, formsWork);
  app.use('/portal/*', pageHeaders, formsWork);
  app.post('/portal/sign-in', ownForm, signInToPortal);
  app.post('/portal/sign-out', ownForm, signOutOfPortal);
  app.get(
    '/portal/events',
    asVisitor((c, { tenant }) => tenantEvents(c, tenant.id)),
  );
  mountPortalKeys(app);
  app.get('/portal/entities', asVisitor(showPortalEntities));
  app.get('/portal/entities/:entity_id', asVisitor(showPortalEntity));
  mountCounts(app);
  mountRecords(app);
  mountPortalLog(app);
  // Anything else looks the same as what is somebody else's.
  app.get(
    '/portal/*',
    asVisitor((c, visitor) =>
      c.html(page(<NoSuchThing environment={c.env.ENVIRONMENT} visitor={visitor} />), 404),
    ),
  );
}

/** What was counted of the tenant. */
function mountCounts(app: OpenAPIHono<AppEnv>): void {
  app.get(
    '/portal',
    asVisitor(async (c, visitor) => {
      const resolution = resolutionOf(c.req.query('resolution'));
      const data = await readPortalOverview(c.env, visitor.tenant.id, resolution, Date.now());
      const { ENVIRONMENT: environment, DISPATCHER_URL: dispatcherUrl } = c.env;
      return c.html(page(<PortalOverview {...{ environment, dispatcherUrl, visitor, data }} />));
    }),
  );
  app.get(
    '/portal/errors',
    asVisitor(async (c, visitor) => {
      const span = resolutionOf(c.req.query('span'));
      const now = Date.now();
      const groups = await readPortalErrors(c.env, visitor.tenant.id, span, now);
      const environment = c.env.ENVIRONMENT;
      return c.html(page(<PortalErrors {...{ environment, visitor, span, groups, now }} />));
    }),
  );
  app.get(
    '/portal/limits',
    asVisitor(async (c, visitor) => {
      const usage = await readUsage(c.env, visitor.tenant, Date.now());
      const environment = c.env.ENVIRONMENT;
      return c.html(page(<PortalLimits {...{ environment, visitor, usage }} />));
    }),
  );
}

/** What the platform has written down about the tenant. */
function mountRecords(app: OpenAPIHono<AppEnv>): void {
  app.get(
    '/portal/versions',
    asVisitor(async (c, visitor) => {
      const { id } = visitor.tenant;
      const [uploads, versions, secrets, runs] = await Promise.all([
        readUploads(c.env, id),
        readOwnVersions(c.env, id),
        readOwnSecrets(c.env, id),
        readOwnRuns(c.env, id),
      ]);
      const environment = c.env.ENVIRONMENT;
      return c.html(
        page(<PortalVersions {...{ environment, visitor, uploads, versions, secrets, runs }} />),
      );
    }),
  );
  app.get(
    '/portal/access',
    asVisitor(async (c, visitor) => {
      const looks = await readLooks(c.env, visitor.tenant.id, c.req.query('cursor'));
      const environment = c.env.ENVIRONMENT;
      return c.html(page(<PortalAccess {...{ environment, visitor, looks }} />));
    }),
  );
}

function resolutionOf(asked: string | undefined): Resolution {
  return RESOLUTIONS.find((name) => name === asked) ?? 'minute';
}
