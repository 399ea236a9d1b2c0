// The secrets of a tenant's code: which are set, since when and by whom, and which its newest version
// still waits for. Names alone: there is no value to show.
import { declaredBy, missingSecrets } from '../../tenant-secrets/secret-facts.ts';
import type { TenantSecret, TenantSecrets } from '../../tenant-secrets/secret-state.ts';
import type { TenantVersions } from '../../versions/version-state.ts';
import { Moment } from '../page-layout.tsx';

/** Nothing at all for a tenant that has none and needs none. */
export function SecretTable(props: {
  secrets: TenantSecrets | undefined;
  versions: TenantVersions | undefined;
}) {
  const { secrets, versions } = props;
  if (secrets === undefined) return null;
  const newest = versions?.versions.at(-1);
  const missing = newest === undefined ? [] : missingSecrets(newest, secrets);
  if (secrets.secrets.length === 0 && missing.length === 0) return null;
  const live = versions?.versions.find(({ id }) => id === versions.active);
  const used = new Set(live === undefined ? [] : declaredBy(live));
  const changing = secrets.change?.name;
  return (
    <section id="secrets">
      <h2>
        Secrets{' '}
        <span class="count">{`${secrets.secrets.length} set, values are not kept here`}</span>
      </h2>
      {missing.length > 0 && (
        <p class="error">{`The newest version waits for ${missing.join(', ')}.`}</p>
      )}
      {secrets.secrets.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Secret</th>
              <th scope="col">Live version</th>
              <th scope="col" class="wide">
                Set (UTC)
              </th>
            </tr>
          </thead>
          <tbody>
            {secrets.secrets.map((secret) => (
              <SecretRow
                secret={secret}
                used={used.has(secret.name)}
                uncertain={secret.status === 'uncertain' || secret.name === changing}
              />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function SecretRow(props: { secret: TenantSecret; used: boolean; uncertain: boolean }) {
  const { name, version, changed_at, changed_by } = props.secret;
  return (
    <tr>
      <td>
        <span class="name">{name}</span>
        <span class="id">{`version ${version}, by ${changed_by}`}</span>
        {props.uncertain && <span class="warn"> uncertain: put it again</span>}
      </td>
      <td>{props.used ? 'uses it' : <span class="quiet">does not</span>}</td>
      <td class="wide figures">
        <Moment at={changed_at} />
      </td>
    </tr>
  );
}
