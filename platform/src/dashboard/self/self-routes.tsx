// Serves the Self-observability page to a signed-in operator.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../../http/app-env.ts';
import { page } from '../page.ts';
import { signedIn } from '../session/sign-in.tsx';
import { readSelf } from './self-data.ts';
import { SelfPage } from './self-page.tsx';

export function mountSelf(app: OpenAPIHono<AppEnv>): void {
  app.get('/dashboard/self', signedIn, async (c) => {
    const data = await readSelf(c.env, Date.now());
    const { ENVIRONMENT: environment, ISSUER: platformUrl, DISPATCHER_URL: apiUrl } = c.env;
    return c.html(
      page(
        <SelfPage
          environment={environment}
          platformUrl={platformUrl}
          apiUrl={apiUrl}
          data={data}
        />,
      ),
    );
  });
}
