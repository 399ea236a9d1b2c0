// Starts uploaded code once, as a throwaway script without data and without the door to the platform,
// and asks it what ledgers it has. The script is gone afterwards; its answer is not trusted further.
import {
  type CloudflareApi,
  type Description,
  deleteThrowaway,
  describeArtefact,
  type Finding,
  parseDescription,
  startupFinding,
  type TemplateParts,
  type ThrowawayTarget,
  throwawayNameOf,
  uploadThrowaway,
} from '@z0-app/provisioning';
import { LedgerError } from '@z0-app/sdk/errors';
import type { Env } from '../env.ts';
import { readBodyText } from '../http/read-body.ts';
import { apiFor } from '../provisioning/provision-tenant.ts';
import type { VersionCode } from './version-store.ts';

/** Cloudflare's codes for code at fault: it does not start, it is too large. */
const CODE_AT_FAULT = new Set([10_021, 10_027]);
const MAX_ANSWER_BYTES = 256 * 1024;
const ANSWER_LIMIT_MS = 10_000;
/** Another upload of the same code may delete the script that both share; it is uploaded again. */
const MAX_TRIES = 3;

export type Started =
  | { readonly ok: true; readonly value: Description }
  | { readonly ok: false; readonly findings: Finding[] };

/** Throws `not_ready` when Cloudflare could not be asked. */
export async function startAlone(
  env: Env,
  tenantId: string,
  { parts, code, content_hash }: { parts: TemplateParts; code: VersionCode; content_hash: string },
): Promise<Started> {
  const { api, target } = apiFor(env, tenantId);
  const { accountId, namespace } = target;
  const script = { accountId, namespace, script: throwawayNameOf(tenantId, content_hash) };
  const refused = (words: string): Started => {
    return { ok: false, findings: [startupFinding(words, code.manifest, code.modules)] };
  };
  const artefact = describeArtefact(parts, code.manifest, code.modules);
  for (let tries = 1; ; tries += 1) {
    const uploaded = await uploadThrowaway(api, script, artefact);
    if (!uploaded.ok) {
      if (CODE_AT_FAULT.has(uploaded.code)) return refused(uploaded.detail);
      const detail = `The code could not be started: ${uploaded.detail}. Nothing was kept; send it again.`;
      throw new LedgerError({ code: 'not_ready', detail });
    }
    const answer = await ask(env, tenantId, api, script);
    const description = answer.ok ? parseDescription(answer.text) : undefined;
    if (description !== undefined) return { ok: true, value: description };
    const isGone = !answer.ok && /not found/iu.test(answer.words);
    if (!isGone || tries === MAX_TRIES) {
      return refused(answer.ok ? 'it started and did not say what it exports.' : answer.words);
    }
  }
}

type Answer = { ok: true; text: string } | { ok: false; words: string };

async function ask(
  env: Env,
  tenantId: string,
  api: CloudflareApi,
  target: ThrowawayTarget,
): Promise<Answer> {
  try {
    const worker = env.TENANT_WORKERS.get(
      target.script,
      {},
      { limits: { cpuMs: 1_000, subRequests: 1 }, outbound: { tenant_id: tenantId } },
    );
    const response = await worker.fetch('https://check.invalid/', {
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    const body = await readBodyText(response, MAX_ANSWER_BYTES);
    return body.ok ? { ok: true, text: body.text } : { ok: false, words: 'it answers too much.' };
  } catch (error) {
    return { ok: false, words: error instanceof Error ? error.message : String(error) };
  } finally {
    // One that stays is overwritten by the next upload of the same code; no tenant is led to it.
    await deleteThrowaway(api, target);
  }
}
