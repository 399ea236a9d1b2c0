// The tenant template in the parts that a running platform composes with a tenant's code, read from
// where `z0 apply` stored them. It never builds or changes any.
import { parseTemplateParts, type TemplateParts } from '@z0-app/provisioning';
import { stack } from '../../stack.ts';
import { CliError } from '../cli-error.ts';
import type { LocalState } from '../local-state.ts';
import { objectOf } from '../platform-client.ts';

/** Reads the parts in use; those of one version, which never change, only once. */
export function templateReader(local: LocalState): () => Promise<TemplateParts> {
  let kept: TemplateParts | undefined;
  return async () => {
    const current = await readObject(local, 'current.json');
    const version = String(objectOf(JSON.parse(current)).version);
    if (kept?.version === version) return kept;
    const parts = parseTemplateParts(await readObject(local, `${version}.parts.json`));
    if (parts === undefined) throw missing(`${version}.parts.json`);
    kept = parts;
    return parts;
  };
}

async function readObject(local: LocalState, name: string): Promise<string> {
  const { cloudflare_api_url: api, account_id: account, api_token: token } = local;
  const bucket = `${api}/accounts/${account}/r2/buckets/${stack.template.bucket}`;
  const response = await fetch(`${bucket}/objects/tenant-template/${name}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw missing(name);
  return response.text();
}

function missing(name: string): CliError {
  return new CliError(
    `the platform has no tenant-template/${name}`,
    'start it anew: its start stores it',
  );
}
