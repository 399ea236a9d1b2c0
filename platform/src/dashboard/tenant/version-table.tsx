// The versions of a tenant's own code, newest first, with the one that is live and what became of the
// latest activation. Names and messages are the tenant's words: shown as text, cut, never trusted.

import { type Health, type HealthStatus, healthText } from '../../versions/health/health-state.ts';
import {
  type Activation,
  liveName,
  runningActivation,
  type TenantVersions,
  type WorkerVersion,
} from '../../versions/version-state.ts';
import { healthOf } from '../../versions/version-view.ts';
import { shortText } from '../entity/visible-text.ts';
import { Moment, Status } from '../page-layout.tsx';

const SHOWN = 20;
const MAX_TEXT = 80;

/** What passed, or was replaced by a person, is no news. */
const NO_NEWS: ReadonlySet<HealthStatus> = new Set(['passed', 'superseded']);

/** Nothing at all for a tenant that never uploaded code. */
export function VersionTable(props: { title: string; versions: TenantVersions | undefined }) {
  const { versions } = props;
  if (versions === undefined || versions.versions.length === 0) return null;
  const running = runningActivation(versions);
  const shown = versions.versions.slice(-SHOWN).toReversed();
  return (
    <section id="versions">
      <h2>
        {props.title}{' '}
        <span class="count">
          {versions.active === null ? 'none is live, the template is' : 'newest first'}
        </span>
      </h2>
      {versions.active === null && <HealthNote health={healthOf(versions, null)} />}
      <LastFailure activation={versions.activations.at(-1)} />
      <table>
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Ledgers</th>
            <th scope="col" class="wide">
              Uploaded (UTC)
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((version) => (
            <VersionRow
              version={version}
              status={statusOf(version.id, versions.active, running?.to)}
              health={healthOf(versions, version.id)}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function VersionRow(props: {
  version: WorkerVersion;
  status: string | undefined;
  health: Health | undefined;
}) {
  const { version, status, health } = props;
  const own = version.classes.filter(({ from, kind }) => from === 'custom' && kind !== 'other');
  return (
    <tr>
      <td>
        {version.message !== null && (
          <span class="name">{shortText(version.message, MAX_TEXT)}</span>
        )}
        <span class="id">{version.id}</span> {status !== undefined && <Status of={status} />}
        <HealthNote health={health} />
      </td>
      <td>{own.map(({ name }) => shortText(name, MAX_TEXT)).join(', ')}</td>
      <td class="wide figures">
        <Moment at={version.created_at} />
      </td>
    </tr>
  );
}

function HealthNote(props: { health: Health | undefined }) {
  const { health } = props;
  if (health === undefined || NO_NEWS.has(health.status)) return null;
  return (
    <span class={health.status === 'watching' ? 'quiet' : 'error'}> {healthText(health)}</span>
  );
}

function LastFailure(props: { activation: Activation | undefined }) {
  const { activation } = props;
  if (activation?.status !== 'failed') return null;
  const what = activation.restored
    ? 'did not become live; what was live before is.'
    : 'did not become live, and what was live before could not be put back.';
  return (
    <p class="error">
      <code>{liveName(activation.to)}</code> {what} {shortText(activation.error ?? '', 300)}
    </p>
  );
}

function statusOf(
  id: string,
  active: string | null,
  next: string | null | undefined,
): string | undefined {
  if (id === active) return 'live';
  return id === next ? 'running' : undefined;
}
