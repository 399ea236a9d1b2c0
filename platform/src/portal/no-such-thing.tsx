// What the portal answers for anything that is not the visitor's: the same, whether it is somebody
// else's or nobody's.
import { PortalMessage } from './portal-page.tsx';
import type { PortalVisitor } from './session/portal-session.ts';

export function NoSuchThing(props: { environment: string; visitor: PortalVisitor }) {
  return (
    <PortalMessage
      environment={props.environment}
      title="Nothing here"
      tenant={props.visitor.tenant}
    >
      <p>There is nothing here that you can see.</p>
      <p>
        <a href="/portal">Overview</a>
      </p>
    </PortalMessage>
  );
}
