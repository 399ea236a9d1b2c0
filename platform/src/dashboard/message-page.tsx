// A page that only says something: how to sign in, that a thing does not exist.
import type { Child } from 'hono/jsx';
import { PageLayout, type Place } from './page-layout.tsx';

export interface MessagePageProps {
  environment: string;
  title: string;
  signedIn?: boolean;
  place?: Place;
  children?: Child;
}

export function MessagePage(props: MessagePageProps) {
  return (
    <PageLayout
      title={props.title}
      environment={props.environment}
      signedIn={props.signedIn ?? false}
      {...(props.place && { place: props.place })}
    >
      <section class="message">
        <h1>{props.title}</h1>
        {props.children}
      </section>
    </PageLayout>
  );
}
