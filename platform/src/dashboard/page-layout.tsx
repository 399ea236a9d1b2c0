// The frame of every dashboard page, and the small parts they share. Values given to it are text:
// hono/jsx escapes them, and nothing here opts out of that.
import type { Child } from 'hono/jsx';

export interface LayoutProps {
  title: string;
  environment: string;
  /** Reload every two seconds, for as long as something is under way. */
  refresh?: boolean;
  signedIn?: boolean;
  /** Where in the navigation the page belongs. */
  place?: Place;
  children?: Child;
}

export type Place = 'overview' | 'tenants' | 'tenant';

export function PageLayout(props: LayoutProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        {props.refresh && <meta http-equiv="refresh" content="2" />}
        <title>{`${props.title} · z0`}</title>
        <link rel="stylesheet" href="/dashboard/style.css" />
      </head>
      <body>
        <header class="bar">
          <a class="mark" href="/dashboard">
            z0
          </a>
          <span class="environment">{props.environment}</span>
          {props.signedIn && <Navigation place={props.place} />}
          {props.signedIn && (
            <form class="sign-out" method="post" action="/dashboard/sign-out">
              <button type="submit">Sign out</button>
            </form>
          )}
        </header>
        <main>{props.children}</main>
      </body>
    </html>
  );
}

function Navigation(props: { place: Place | undefined }) {
  const tenants = props.place === 'tenant' ? 'true' : undefined;
  return (
    <nav class="places" aria-label="Pages of the dashboard">
      <a href="/dashboard" aria-current={props.place === 'overview' ? 'page' : undefined}>
        Overview
      </a>
      <a href="/dashboard/tenants" aria-current={props.place === 'tenants' ? 'page' : tenants}>
        Tenants
      </a>
    </nav>
  );
}

/** A status as a word with a dot; the word alone carries the meaning. */
export function Status(props: { of: string }) {
  return <span class={`status is-${props.of}`}>{props.of}</span>;
}

/** A moment in UTC, to the second or to the day. */
export function Moment(props: { at: string | null; precision?: 'day' }) {
  if (props.at === null) return <span class="quiet">–</span>;
  const at = new Date(props.at);
  const text = Number.isNaN(at.getTime())
    ? props.at
    : at.toISOString().slice(0, props.precision === 'day' ? 10 : 19);
  return (
    <time datetime={props.at} title={props.at}>
      {text.replace('T', ' ')}
    </time>
  );
}

/** Milliseconds as people say them: `84 ms`, `1.2 s`, `3 min 4 s`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1_000)} s`;
}
