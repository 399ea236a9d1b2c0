// Which version of the Worker the tenant runs, and how it was built. Told by the platform's own
// ledger of the tenant, not by the Worker.
import type { Fact } from '@z0-app/sdk';
import { attempt, attemptOutcome } from '../../dashboard/attempt.ts';
import { Moment } from '../../dashboard/page-layout.tsx';
import { RunTimeline } from '../../dashboard/tenant/run-timeline.tsx';
import { ScheduleTable } from '../../dashboard/tenant/schedule-table.tsx';
import { SecretTable } from '../../dashboard/tenant/secret-table.tsx';
import { VersionTable } from '../../dashboard/tenant/version-table.tsx';
import type { Env } from '../../env.ts';
import { type KnownRuns, readRunsOf } from '../../schedules/read-runs.ts';
import type { TenantSecrets } from '../../tenant-secrets/secret-state.ts';
import { ledgerOf } from '../../tenants/ledger-of.ts';
import type { TenantVersions } from '../../versions/version-state.ts';
import { PortalPage } from '../portal-page.tsx';
import type { PortalVisitor } from '../session/portal-session.ts';

const SHOWN_UPLOADS = 20;

/** Newest first; `undefined` when they cannot be read. */
export async function readUploads(
  env: Env,
  tenantId: string,
): Promise<readonly Fact[] | undefined> {
  const query = { type: 'artefact', order: 'desc', limit: SHOWN_UPLOADS } as const;
  const found = await attemptOutcome('portal_uploads', ledgerOf(env, tenantId).listFacts(query));
  return found?.data;
}

/** Of the tenant's own code; `undefined` when they cannot be read. */
export async function readOwnVersions(
  env: Env,
  tenantId: string,
): Promise<TenantVersions | undefined> {
  return attemptOutcome('portal_versions', ledgerOf(env, tenantId).readVersions());
}

/** Of the tenant's code, without values; `undefined` when they cannot be read. */
export async function readOwnSecrets(
  env: Env,
  tenantId: string,
): Promise<TenantSecrets | undefined> {
  return attemptOutcome('portal_secrets', ledgerOf(env, tenantId).readSecrets());
}

/** `null` when it never had any, `undefined` when they cannot be read. */
export async function readOwnRuns(
  env: Env,
  tenantId: string,
): Promise<KnownRuns | null | undefined> {
  return attempt('portal_runs', readRunsOf(env, tenantId));
}

export function PortalVersions(props: {
  environment: string;
  visitor: PortalVisitor;
  uploads: readonly Fact[] | undefined;
  versions: TenantVersions | undefined;
  secrets: TenantSecrets | undefined;
  runs: KnownRuns | null | undefined;
}) {
  const { tenant } = props.visitor;
  const uploads = props.uploads ?? [];
  return (
    <PortalPage
      title="Versions"
      environment={props.environment}
      tenant={tenant}
      place="versions"
      live
    >
      <h1>Versions</h1>
      <dl class="overview">
        <div>
          <dt>Your Worker</dt>
          <dd>
            <code>{tenant.artefact ?? 'not recorded'}</code>
          </dd>
        </div>
        <div>
          <dt>Plan</dt>
          <dd>{tenant.plan}</dd>
        </div>
        <div>
          <dt>Tenant since (UTC)</dt>
          <dd class="figures">
            <Moment at={tenant.created_at} />
          </dd>
        </div>
      </dl>
      <VersionTable title="Your code" versions={props.versions} />
      <ScheduleTable
        runs={props.runs}
        hasCode={props.versions !== undefined && props.versions.active !== null}
        now={Date.now()}
      />
      <SecretTable secrets={props.secrets} versions={props.versions} />
      <div class="columns">
        <div>
          <RunTimeline title="How it was built" run={tenant.provisioning} />
        </div>
        <section>
          <h2>
            Template uploads <span class="count">newest first</span>
          </h2>
          {uploads.length === 0 ? (
            <p class="quiet">
              None is recorded: your Worker was uploaded before versions were written down.
            </p>
          ) : (
            <Uploads uploads={uploads} />
          )}
        </section>
      </div>
    </PortalPage>
  );
}

function Uploads(props: { uploads: readonly Fact[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">Uploaded (UTC)</th>
        </tr>
      </thead>
      <tbody>
        {props.uploads.map((fact) => (
          <tr>
            <td>
              <code>{versionOf(fact)}</code>
            </td>
            <td class="figures">
              <Moment at={fact.recorded_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function versionOf(fact: Fact): string {
  const { version } = fact.data;
  return typeof version === 'string' ? version : '–';
}
