// All tenants, newest first, as the index knows them; empty, it says what to do next.
import type { TenantRow } from '../tenants/tenant-index.ts';
import { Moment, PageLayout, Status } from './page-layout.tsx';

export interface TenantsPageProps {
  environment: string;
  platformUrl: string;
  tenants: readonly TenantRow[];
  next: string | undefined;
  refresh: boolean;
}

export function TenantsPage(props: TenantsPageProps) {
  return (
    <PageLayout title="Tenants" environment={props.environment} refresh={props.refresh} signedIn>
      <h1>Tenants</h1>
      {props.tenants.length === 0 ? (
        <NoTenants platformUrl={props.platformUrl} />
      ) : (
        <TenantTable tenants={props.tenants} />
      )}
      {props.next !== undefined && (
        <p class="more">
          <a href={`/dashboard?cursor=${encodeURIComponent(props.next)}`}>Older tenants</a>
        </p>
      )}
    </PageLayout>
  );
}

function TenantTable(props: { tenants: readonly TenantRow[] }) {
  return (
    <table class="tenants">
      <thead>
        <tr>
          <th scope="col">Tenant</th>
          <th scope="col">Status</th>
          <th scope="col" class="wide">
            Plan
          </th>
          <th scope="col" class="wide">
            Created (UTC)
          </th>
        </tr>
      </thead>
      <tbody>
        {props.tenants.map((tenant) => (
          <tr>
            <td>
              <a class="name" href={`/dashboard/tenants/${encodeURIComponent(tenant.id)}`}>
                {tenant.name}
              </a>
              <span class="id">{tenant.id}</span>
            </td>
            <td>
              <Status of={tenant.status} />
            </td>
            <td class="wide">{tenant.plan}</td>
            <td class="wide figures">
              <Moment at={tenant.created_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function NoTenants(props: { platformUrl: string }) {
  return (
    <section class="empty">
      <p>No tenants yet. Onboard the first one and watch it here, step by step:</p>
      <pre>
        <code>npx z0 tenant create acme --name "Acme Inc."</code>
      </pre>
      <p class="quiet">Or through the API, with the operator token:</p>
      <pre>
        <code>
          {`curl ${props.platformUrl}/v1/tenants \\
  -H "authorization: Bearer $OPERATOR_TOKEN" \\
  -H "content-type: application/json" \\
  -d '{"id":"acme","name":"Acme Inc."}'`}
        </code>
      </pre>
    </section>
  );
}
