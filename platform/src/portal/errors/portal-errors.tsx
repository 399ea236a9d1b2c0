// All refused and failed requests of the tenant in a span of time, most first.
import { attempt } from '../../dashboard/attempt.ts';
import { plural } from '../../dashboard/figure-text.ts';
import { SPAN_NAMES, windowOf } from '../../dashboard/time-window.ts';
import type { Env } from '../../env.ts';
import { readErrorGroups } from '../../stats/request-reader.ts';
import type { ErrorGroup } from '../../stats/request-view.ts';
import { RESOLUTIONS, type Resolution } from '../../stats/stats-view.ts';
import { PortalPage } from '../portal-page.tsx';
import type { PortalVisitor } from '../session/portal-session.ts';
import { ErrorTable } from './error-table.tsx';

const MAX_GROUPS = 200;

/** `undefined` when they cannot be read. */
export async function readPortalErrors(
  env: Env,
  tenantId: string,
  span: Resolution,
  now: number,
): Promise<readonly ErrorGroup[] | undefined> {
  const { from, to } = windowOf(span, now);
  const query = { from, to, tenantId, limit: MAX_GROUPS };
  const merged = await attempt('portal_errors', readErrorGroups(env, query));
  return merged?.unavailable_shards.length === 0 ? merged.data : undefined;
}

export function PortalErrors(props: {
  environment: string;
  visitor: PortalVisitor;
  span: Resolution;
  groups: readonly ErrorGroup[] | undefined;
  now: number;
}) {
  const { span, groups } = props;
  return (
    <PortalPage
      title="Errors"
      environment={props.environment}
      tenant={props.visitor.tenant}
      place="errors"
      live
    >
      <h1>
        Errors{' '}
        {groups !== undefined && groups.length > 0 && (
          <span class="count">{plural(groups.length, 'kind')}</span>
        )}
      </h1>
      <nav class="choices spans" aria-label="Span of time">
        {RESOLUTIONS.map((resolution) => (
          <a
            href={`/portal/errors?span=${resolution}`}
            aria-current={resolution === span ? 'true' : undefined}
          >
            {SPAN_NAMES[resolution]}
          </a>
        ))}
      </nav>
      {groups === undefined && (
        <p class="fault" role="alert">
          Your errors cannot be read right now. That is us; your API is served all the same.
        </p>
      )}
      {groups?.length === 0 && (
        <p class="verdict is-good">{`No request was refused or failed in the ${SPAN_NAMES[span]}.`}</p>
      )}
      {groups !== undefined && groups.length > 0 && <ErrorTable groups={groups} now={props.now} />}
      <p class="quiet footnote">
        Counted where your requests come in. A refusal (4xx) is a request that was not let through;
        an error (5xx) is one that failed. Each answer carries its code and an x-request-id.
      </p>
    </PortalPage>
  );
}
