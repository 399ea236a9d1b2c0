// Reads the built tenant template that new tenants start from. It never builds or changes one; that
// is what `z0 apply` does.
import { parseTenantArtefact, type TenantArtefact } from '@z0-app/provisioning';
import { LedgerError } from '@z0-app/sdk/errors';
import * as z from 'zod';
import { giveUp } from './run-steps.ts';

const pointerSchema = z.object({ version: z.string().regex(/^[A-Za-z0-9._-]{1,128}$/u) });

/** The artefact that `current.json` names. A missing one is retried: `apply` may be running. */
export async function readCurrentArtefact(bucket: R2Bucket): Promise<TenantArtefact> {
  const pointer = pointerSchema.safeParse(parseOrNull(await readText(bucket, 'current.json')));
  if (!pointer.success) giveUp('tenant-template/current.json names no version.');
  const name = `${pointer.data.version}.json`;
  const artefact = parseTenantArtefact(await readText(bucket, name));
  return artefact ?? giveUp(`tenant-template/${name} is not an artefact.`);
}

async function readText(bucket: R2Bucket, name: string): Promise<string> {
  const stored = await bucket.get(`tenant-template/${name}`);
  if (stored !== null) return stored.text();
  const detail = `There is no artefact tenant-template/${name}; run "z0 apply".`;
  throw new LedgerError({ code: 'not_ready', detail });
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
