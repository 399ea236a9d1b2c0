// What a page says of a tenant that was never there.
import { MessagePage } from '../message-page.tsx';

export function NoSuchTenant(props: { environment: string }) {
  return (
    <MessagePage environment={props.environment} title="No such tenant" signedIn>
      <p>
        Nothing was ever onboarded under this id. <a href="/dashboard/tenants">All tenants</a>
      </p>
    </MessagePage>
  );
}
