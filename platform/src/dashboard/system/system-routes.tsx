// Serves the System page to a signed-in operator.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../../http/app-env.ts';
import { page } from '../page.ts';
import { signedIn } from '../session/sign-in.tsx';
import { readSystem } from './system-data.ts';
import { SystemPage } from './system-page.tsx';

export function mountSystem(app: OpenAPIHono<AppEnv>): void {
  app.get('/dashboard/system', signedIn, async (c) => {
    const data = await readSystem(c.env, Date.now());
    const { ENVIRONMENT: environment, ISSUER: platformUrl } = c.env;
    return c.html(
      page(<SystemPage environment={environment} platformUrl={platformUrl} data={data} />),
    );
  });
}
