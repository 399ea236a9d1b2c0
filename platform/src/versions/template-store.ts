// Reads the tenant template in the parts that a tenant's code is composed with, as `z0 apply` stored
// them. It never builds or changes them.
import { parseTemplateParts, type TemplateParts } from '@z0-app/provisioning';
import { LedgerError } from '@z0-app/sdk/errors';
import { readCurrentVersion } from '../dashboard/system/versions.ts';

/** The parts that a new version is checked with. Throws `not_ready` while there are none. */
export async function readCurrentParts(bucket: R2Bucket): Promise<TemplateParts> {
  const version = await readCurrentVersion(bucket);
  if (version === undefined) throw notReady('tenant-template/current.json names no version');
  return readParts(bucket, version);
}

/** The parts of one version of the template, which stay as long as any tenant's version needs them. */
export async function readParts(bucket: R2Bucket, version: string): Promise<TemplateParts> {
  const parts = await findParts(bucket, version);
  if (parts === undefined) throw notReady(`there is no ${nameOf(version)}`);
  return parts;
}

/** `undefined` for a version that was stored as one module alone, before there were parts. */
export async function findParts(
  bucket: R2Bucket,
  version: string,
): Promise<TemplateParts | undefined> {
  const stored = await bucket.get(nameOf(version));
  return stored === null ? undefined : parseTemplateParts(await stored.text());
}

const nameOf = (version: string): string => `tenant-template/${version}.parts.json`;

function notReady(what: string): LedgerError {
  return new LedgerError({
    code: 'not_ready',
    detail: `Tenants' own code cannot be taken yet: ${what}; run "z0 apply".`,
  });
}
