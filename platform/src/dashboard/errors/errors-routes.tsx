// Serves the Errors page to a signed-in operator.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../../http/app-env.ts';
import { page } from '../page.ts';
import { signedIn } from '../session/sign-in.tsx';
import { readErrorQuery } from './error-query.ts';
import { readErrors } from './errors-data.ts';
import { ErrorsPage } from './errors-page.tsx';

export function mountErrors(app: OpenAPIHono<AppEnv>): void {
  app.get('/dashboard/errors', signedIn, async (c) => {
    const data = await readErrors(c.env, readErrorQuery(c.req.query()), Date.now());
    const { ENVIRONMENT: environment, ISSUER: platformUrl, DISPATCHER_URL: apiUrl } = c.env;
    return c.html(
      page(
        <ErrorsPage
          environment={environment}
          platformUrl={platformUrl}
          apiUrl={apiUrl}
          data={data}
        />,
      ),
    );
  });
}
