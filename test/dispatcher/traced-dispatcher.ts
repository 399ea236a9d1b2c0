// The dispatcher as a Worker of its own, for what only a Worker has: spans that another one is told.
// Its dispatch namespace knows one tenant's Worker, for the test runtime has none.
import { env } from 'cloudflare:workers';
import { composeHandler } from '../../dispatcher/src/compose-handler.ts';

const bindings: Record<string, unknown> = { ...env };
// A binding made by the config of this very folder.
const echo = bindings.TENANT_echo as Fetcher;
const handle = composeHandler({ ...env, DISPATCHER: { get: () => echo } });

export default {
  fetch: (request, _env, context) => handle(request, context),
} satisfies ExportedHandler;
