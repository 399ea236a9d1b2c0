// The frame of the portal's pages: the tenant's name, its own navigation, its own events. Everything
// under it is of the one tenant that the visitor signed in for.
import type { Child } from 'hono/jsx';
import type { Command } from '../dashboard/from-terminal.tsx';
import { PageLayout, type Place } from '../dashboard/page-layout.tsx';
import type { TenantState } from '../tenants/tenant-state.ts';

export interface PortalPageProps {
  title: string;
  environment: string;
  tenant: TenantState;
  place?: Place;
  /** Read again whenever the tenant has news. */
  live?: boolean;
  commands?: readonly Command[];
  children?: Child;
}

export function PortalPage(props: PortalPageProps) {
  return (
    <PageLayout
      title={`${props.title} · ${props.tenant.name}`}
      environment={props.environment}
      portal={{ tenant: props.tenant.name }}
      {...(props.place !== undefined && { place: props.place })}
      {...(props.live === true && { live: [props.tenant.id] })}
      {...(props.commands !== undefined && { commands: props.commands })}
      signedIn
    >
      {props.children}
    </PageLayout>
  );
}

/** A page of the portal that only says something; signed in or not. */
export function PortalMessage(props: {
  title: string;
  environment: string;
  tenant?: TenantState | undefined;
  place?: Place;
  children?: Child;
}) {
  return (
    <PageLayout
      title={props.title}
      environment={props.environment}
      portal={{ tenant: props.tenant?.name ?? 'portal' }}
      {...(props.place !== undefined && { place: props.place })}
      signedIn={props.tenant !== undefined}
    >
      <section class="message">
        <h1>{props.title}</h1>
        {props.children}
      </section>
    </PageLayout>
  );
}
