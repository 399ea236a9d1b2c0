// The System page: whether what the platform stands on is there, what runs where, and what got stuck.
import type { DeadLetters } from '../../stats/request-view.ts';
import { agoText, countText, plural } from '../figure-text.ts';
import { type Command, curlText } from '../from-terminal.tsx';
import { durationText, Moment, PageLayout, Status } from '../page-layout.tsx';
import type { HealthCheck } from './health-checks.ts';
import { loadText, ShardTable } from './shard-table.tsx';
import type { SystemData } from './system-data.ts';
import { Versions } from './version-table.tsx';

export interface SystemPageProps {
  environment: string;
  platformUrl: string;
  data: SystemData;
}

export function SystemPage(props: SystemPageProps) {
  const { data } = props;
  return (
    <PageLayout
      title="System"
      environment={props.environment}
      place="system"
      commands={commandsOf(props.platformUrl)}
      signedIn
    >
      <h1>System</h1>
      <p class={`verdict lead is-${standing(data).level}`}>{standing(data).text}</p>
      <Checks checks={data.checks} />
      <Tenants data={data} />
      <Versions versions={data.versions} current={data.currentVersion} />
      <Queue data={data} />
      <Letters letters={data.letters} now={data.now} />
      <section id="shards">
        <h2>
          Shards of the system ledger{' '}
          <span class="count">{plural(data.shards.length, 'shard')}</span>
        </h2>
        <p class="quiet">{loadText(data.shards)}</p>
        <ShardTable shards={data.shards} now={data.now} />
      </section>
    </PageLayout>
  );
}

function standing({ checks, shards, letters }: SystemData) {
  const away = [
    ...checks.filter(({ isUp }) => !isUp).map(({ name }) => name),
    ...shards.filter(({ available }) => !available).map(({ name }) => `shard ${name}`),
  ];
  if (away.length > 0) {
    return { level: 'bad', text: `Not there right now: ${away.join(', ')}.` } as const;
  }
  if (letters !== undefined && letters.count > 0) {
    const text = `All parts answer. ${plural(letters.count, 'message')} could not be counted; see the dead letters.`;
    return { level: 'warn', text } as const;
  }
  return { level: 'good', text: 'All parts answer, and no message was given up.' } as const;
}

function Checks(props: { checks: readonly HealthCheck[] }) {
  return (
    <section id="parts">
      <h2>Parts</h2>
      <ul class="checks">
        {props.checks.map(({ name, role, isUp, ms, detail }) => (
          <li class={isUp ? 'is-up' : 'is-away'}>
            <span class={`status is-${isUp ? 'live' : 'failed'}`}>{name}</span>
            <span class="figures">{isUp ? durationText(ms) : 'away'}</span>
            <span class="quiet">{isUp ? role : detail}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Tenants({ data }: { data: SystemData }) {
  const statuses = [...(data.index?.byStatus ?? [])];
  return (
    <section>
      <h2>Tenants by status</h2>
      {data.index === undefined && (
        <p class="error" role="alert">
          The index could not be read right now; the ledgers have it all.
        </p>
      )}
      {statuses.length === 0 ? (
        <p class="quiet">
          None yet: <code>npx z0 tenant create acme</code>
        </p>
      ) : (
        <dl class="statuses">
          {statuses.map(([status, count]) => (
            <div>
              <dt>
                <Status of={status} />
              </dt>
              <dd class="figures">{countText(count)}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

/** A Worker cannot ask how long its queue is; what is recorded says how far behind it is. */
function Queue({ data }: { data: SystemData }) {
  const ends = data.shards.flatMap(({ last_end }) => last_end ?? []).toSorted();
  const last = ends.at(-1);
  return (
    <section id="queue">
      <h2>
        Queue <code>z0-platform-metrics</code>
      </h2>
      <p>
        {last === undefined
          ? 'Nothing came out of it yet.'
          : `The latest period recorded ended ${agoText(last, data.now)}; what was sent since is on its way.`}
      </p>
      <p class="quiet">
        Its length cannot be asked from here; the Cloudflare dashboard shows it. If reports stop for
        more than two minutes while tenants write, look at the platform Worker’s logs for{' '}
        <code>metrics_refused</code>.
      </p>
    </section>
  );
}

function Letters(props: { letters: DeadLetters | undefined; now: number }) {
  const { letters } = props;
  return (
    <section id="dead-letters">
      <h2>
        Dead letters <span class="count">{countText(letters?.count ?? 0)}</span>
      </h2>
      {letters === undefined && (
        <p class="error" role="alert">
          They could not be read right now.
        </p>
      )}
      {letters?.count === 0 && (
        <p class="quiet">None: every message of the queue was counted within five tries.</p>
      )}
      {letters !== undefined && letters.count > 0 && (
        <>
          <p class="quiet">
            Totals of facts heal with the tenant’s next report; the counts in these messages do not
            come back by themselves. Mend the reason first; then compare the tenant’s page.
          </p>
          <ul class="letters">
            {letters.data.map((letter) => (
              <li>
                <p>
                  <Moment at={letter.at} />{' '}
                  <span class="quiet">{agoText(letter.at, props.now)}</span>{' '}
                  {letter.tenant_id !== null && (
                    <a href={`/dashboard/tenants/${encodeURIComponent(letter.tenant_id)}`}>
                      {letter.tenant_id}
                    </a>
                  )}
                </p>
                <p class="reason">{letter.reason}</p>
                <details id={`letter-${letter.id}`}>
                  <summary>The message</summary>
                  <pre tabindex={0}>
                    <code>{letter.body}</code>
                  </pre>
                </details>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function commandsOf(platformUrl: string): Command[] {
  return [
    { what: 'Bring code and template up to date', z0: 'npx z0 apply' },
    {
      what: 'Write the index and the audit again',
      curl: curlText(platformUrl, '/v1/index/rebuild', 'POST'),
    },
    { what: 'For Prometheus', curl: curlText(platformUrl, '/metrics') },
  ];
}
