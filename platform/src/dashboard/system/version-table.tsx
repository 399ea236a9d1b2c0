// Which version of the template tenants run, against the one that new tenants get.
import { countText, plural } from '../figure-text.ts';
import type { VersionCount } from './versions.ts';

export function Versions(props: {
  versions: readonly VersionCount[] | undefined;
  current: string | undefined;
}) {
  const { versions, current } = props;
  if (versions === undefined) return null;
  return (
    <section id="versions">
      <h2>Versions of the tenant template</h2>
      <p class="quiet">{versionText(versions, current)}</p>
      {versions.length > 0 && (
        <table class="dense">
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col" class="amount">
                Tenants
              </th>
              <th scope="col">Standing</th>
              <th scope="col">One of them</th>
            </tr>
          </thead>
          <tbody>
            {versions.map(({ version, tenants, example }) => (
              <tr>
                <td>
                  {version === null ? (
                    <span class="quiet">not recorded</span>
                  ) : (
                    <code title={version}>{version.slice(0, 16)}</code>
                  )}
                </td>
                <td class="amount">{countText(tenants)}</td>
                <td>{standingOf(version, current)}</td>
                <td>
                  <a href={`/dashboard/tenants/${encodeURIComponent(example)}`}>{example}</a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function standingOf(version: string | null, current: string | undefined): string {
  if (version === null || current === undefined) return 'unknown';
  return version === current ? 'current' : 'behind';
}

function versionText(versions: readonly VersionCount[], current: string | undefined): string {
  if (current === undefined) return 'No template is published: run npx z0 apply before onboarding.';
  const behind = versions
    .filter(({ version }) => version !== null && version !== current)
    .reduce((sum, { tenants }) => sum + tenants, 0);
  const now = `New tenants get ${current.slice(0, 16)}.`;
  if (behind === 0) return `${now} Nobody is behind it.`;
  const verb = behind === 1 ? 'runs' : 'run';
  return `${now} ${plural(behind, 'tenant')} ${verb} an earlier one, and will until uploaded again.`;
}
