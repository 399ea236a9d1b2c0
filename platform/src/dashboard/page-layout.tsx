// The frame of every page of the dashboard and of the portal, and the small parts they have in
// common. Values given to it are text: hono/jsx escapes them, and nothing here opts out of that.
import type { Child } from 'hono/jsx';
import { type Command, FromTerminal } from './from-terminal.tsx';
import { Navigation, type Place } from './navigation.tsx';
import { SCRIPT_URL, STYLE_URL } from './page-assets.ts';

export type { Place } from './navigation.tsx';

export interface LayoutProps {
  title: string;
  environment: string;
  /** Something is under way: the page is read again every two seconds, also without a script. */
  refresh?: boolean;
  signedIn?: boolean;
  /** Where in the navigation the page belongs. */
  place?: Place;
  /**
   * The tenants whose events refresh the page, or `all`. A refresh is a GET of the same URL whose
   * `<main>` takes the place of the old one; what must keep its state (details, inputs) has an id.
   */
  live?: readonly string[] | 'all';
  /** What the page shows, from a terminal; stands at its end. */
  commands?: readonly Command[];
  /** The page is of this tenant's portal, and not of the operator's dashboard. */
  portal?: { readonly tenant: string };
  children?: Child;
}

const REFRESH_SECONDS = 2;

export function PageLayout(props: LayoutProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        {props.refresh && (
          <noscript>
            <meta http-equiv="refresh" content={String(REFRESH_SECONDS)} />
          </noscript>
        )}
        <title>{`${props.title} · z0`}</title>
        <link rel="stylesheet" href={STYLE_URL} />
        <script defer src={SCRIPT_URL} />
      </head>
      <body>
        <Bar layout={props} />
        <main
          id="main"
          data-live={liveOf(props.live)}
          data-events={props.portal ? '/portal/events' : '/dashboard/events'}
          data-rendered-at={Date.now()}
          data-refresh={props.refresh ? REFRESH_SECONDS : undefined}
        >
          {props.children}
          {props.commands && props.commands.length > 0 && (
            <FromTerminal commands={props.commands} />
          )}
        </main>
      </body>
    </html>
  );
}

function Bar(props: { layout: LayoutProps }) {
  const { portal, environment, signedIn, place } = props.layout;
  const root = portal ? '/portal' : '/dashboard';
  return (
    <header class="bar">
      <a class="mark" href={root}>
        z0
      </a>
      <span class="environment">{portal?.tenant ?? environment}</span>
      {signedIn && <Navigation place={place} portal={portal !== undefined} />}
      {signedIn && (
        <form class="sign-out" method="post" action={`${root}/sign-out`}>
          <button type="submit">Sign out</button>
        </form>
      )}
    </header>
  );
}

/** Ids of tenants have no spaces. */
function liveOf(live: LayoutProps['live']): string | undefined {
  return live === undefined || live === 'all' ? live : live.join(' ');
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
