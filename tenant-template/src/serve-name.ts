// Tells the platform which code answers: after an upload, the code of before may still do so for a while.
// It answers nobody else, and nobody else can tell that it is there.
import type { AppContext } from './app.ts';
import type app from './index.ts';
import { notFound } from './routes/lookup.ts';

/** Of tokens that the platform makes for itself; no key of a tenant's gets one. */
const RUN_SCOPE = 'platform:run';

export function serveName(served: typeof app, name: string): void {
  served.on('GET', '/internal/name', (c: AppContext) => {
    const scope = c.req.header('x-z0-scope')?.split(' ') ?? [];
    return scope.includes(RUN_SCOPE) ? new Response(JSON.stringify({ name })) : notFound(c);
  });
}
