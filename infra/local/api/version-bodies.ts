// How a version and a deployment of an account Worker look in the API's answers. Secrets are named,
// never shown.
import type { Deployment, Version, VersionStore } from '../state/version-store.ts';

const AUTHOR = 'operator@localhost';

export function versionBody(version: Version, versions: VersionStore): Record<string, unknown> {
  const { id, number, metadata, annotations, createdOn, exports } = version;
  const secrets = [...versions.secrets(version).keys()];
  return {
    id,
    number,
    metadata: {
      created_on: createdOn,
      modified_on: createdOn,
      source: 'wrangler',
      author_email: AUTHOR,
      hasPreview: false,
    },
    annotations,
    resources: {
      bindings: [...version.bindings, ...secrets.map((name) => ({ name, type: 'secret_text' }))],
      script: { etag: version.etag, ...exports, last_deployed_from: 'wrangler' },
      script_runtime: {
        compatibility_date: metadata.compatibility_date,
        compatibility_flags: metadata.compatibility_flags ?? [],
        usage_model: 'standard',
      },
    },
    startup_time_ms: 1,
  };
}

export function deploymentBody(deployment: Deployment): Record<string, unknown> {
  const { id, versionId, annotations, createdOn } = deployment;
  return {
    id,
    source: 'wrangler',
    strategy: 'percentage',
    author_email: AUTHOR,
    annotations,
    created_on: createdOn,
    versions: [{ version_id: versionId, percentage: 100 }],
  };
}
