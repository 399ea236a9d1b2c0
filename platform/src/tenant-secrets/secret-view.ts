// What the API shows of a tenant's secrets: the schema, and how state becomes it. Pure; there is no
// value to show.
import * as z from 'zod';
import type { TenantVersions } from '../versions/version-state.ts';
import { declaredBy } from './secret-facts.ts';
import type { MadeChange, TenantSecret, TenantSecrets } from './secret-state.ts';

export const secretView = z
  .object({
    object: z.literal('secret'),
    tenant_id: z.string(),
    name: z.string(),
    version: z.int().meta({ description: 'Counts the puts of this name, from 1.' }),
    status: z.enum(['set', 'uncertain', 'deleted']).meta({
      description:
        '`uncertain`: a value is set, but whether it is this version’s or an older one’s was never ' +
        'said. Put it again to be sure.',
    }),
    used: z.boolean().meta({ description: 'Declared by the version that is live.' }),
    changed_at: z.iso.datetime({ offset: true }),
    changed_by: z.string(),
  })
  .meta({ id: 'Secret', description: 'Never its value: the platform does not have it.' });

export type SecretView = z.infer<typeof secretView>;

/** All that are set. One that is being changed is not certain to have the value it had. */
export function toSecretViews(
  tenantId: string,
  { secrets, change }: TenantSecrets,
  versions: TenantVersions,
): SecretView[] {
  return secrets.map(({ name, status, ...rest }) => {
    return {
      object: 'secret',
      tenant_id: tenantId,
      name,
      status: change?.name === name ? 'uncertain' : status,
      used: usedBy(versions, name),
      ...rest,
    };
  });
}

/** What a change made of its secret. */
export function toChangedView(
  tenantId: string,
  { kind, name, version, made_at, principal }: MadeChange,
  versions: TenantVersions,
): SecretView {
  return {
    object: 'secret',
    tenant_id: tenantId,
    name,
    version,
    status: kind === 'put' ? 'set' : 'deleted',
    used: usedBy(versions, name),
    changed_at: made_at,
    changed_by: principal,
  };
}

function usedBy({ versions, active }: TenantVersions, name: TenantSecret['name']): boolean {
  const live = versions.find(({ id }) => id === active);
  return live !== undefined && declaredBy(live).includes(name);
}
