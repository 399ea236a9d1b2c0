// Serves the Overview to a signed-in operator.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../../http/app-env.ts';
import { page } from '../page.ts';
import { signedIn } from '../session/sign-in.tsx';
import { readOverview } from './overview-data.ts';
import { OverviewPage } from './overview-page.tsx';

export function mountOverview(app: OpenAPIHono<AppEnv>): void {
  app.get('/dashboard', signedIn, async (c) => {
    const data = await readOverview(c.env, Date.now());
    const { ENVIRONMENT: environment, ISSUER: platformUrl } = c.env;
    return c.html(
      page(<OverviewPage environment={environment} platformUrl={platformUrl} data={data} />),
    );
  });
}
