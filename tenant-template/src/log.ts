// One structured line for each failure worth a person's time, in the shape of the dispatcher's log, so
// that both are found by the same ids. Never a header, a body or a caller's words.
import type { AppContext } from './app.ts';

export function logProblem(c: AppContext, outcome: string, reason?: string): void {
  console.error(
    JSON.stringify({
      event: 'request_failed',
      request_id: c.var.requestId,
      traceparent: c.req.header('traceparent'),
      tenant_id: c.env.TENANT_ID,
      outcome,
      reason,
    }),
  );
}
