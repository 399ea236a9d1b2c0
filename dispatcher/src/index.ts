// The dispatch Worker: builds the request handler once per isolate from its bindings. Every decision
// lives in the files it composes.
import { env } from 'cloudflare:workers';
import { composeHandler } from './compose-handler.ts';
import type { Env } from './env.ts';

// The bindings are those of wrangler.jsonc, which env.ts mirrors; the runtime's own type is empty.
const handle = composeHandler(env as Env);

export default {
  fetch: (request, _env, context) => handle(request, context),
} satisfies ExportedHandler<Env>;
