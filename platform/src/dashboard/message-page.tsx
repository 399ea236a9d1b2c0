// A page that only says something: how to sign in, that a thing does not exist.
import type { Child } from 'hono/jsx';
import { PageLayout } from './page-layout.tsx';

export function MessagePage(props: { environment: string; title: string; children?: Child }) {
  return (
    <PageLayout title={props.title} environment={props.environment}>
      <section class="message">
        <h1>{props.title}</h1>
        {props.children}
      </section>
    </PageLayout>
  );
}
