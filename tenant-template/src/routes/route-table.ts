// The route table: every route of the tenant API stands here once, for requests and for the API's
// description alike.
import type { Route } from '../app.ts';
import { configRoutes } from './configs.ts';
import { entityRoutes } from './entities.ts';
import { factRoutes } from './facts.ts';
import { healthRoutes } from './health.ts';
import { stateRoutes } from './state.ts';

export const ROUTES: readonly Route[] = [
  ...healthRoutes,
  ...entityRoutes,
  ...factRoutes,
  ...stateRoutes,
  ...configRoutes,
];
