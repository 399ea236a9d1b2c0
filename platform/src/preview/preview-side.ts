// One of the two throwaway scripts of a preview: copies go in, replays come out, and the script is
// deleted with both. The code in it may do anything: every answer is bounded in size and in time.
import {
  type CloudflareApi,
  deletePreview,
  type PreviewTarget,
  type TenantArtefact,
  uploadPreview,
} from '@z0-app/provisioning';
import { LedgerError } from '@z0-app/sdk/errors';
import type { Env } from '../env.ts';
import { readBodyText } from '../http/read-body.ts';
import { replayAnswer, type SideReplay } from './compare-replays.ts';

const LIMITS = { cpu_ms: 4_000, subrequests: 50 };
const COPY_LIMIT_MS = 20_000;
const REPLAY_LIMIT_MS = 15_000;
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Each costs as long as it is allowed to run; after so many, nothing more is replayed. */
const MAX_OVERRUNS = 2;
const MAX_ERROR = 300;

export interface SidePlace {
  readonly env: Env;
  readonly tenantId: string;
  readonly api: CloudflareApi;
  readonly target: PreviewTarget;
}

export class PreviewSide {
  readonly #place: SidePlace;
  /** Why an entity cannot be replayed, by its id. */
  readonly #faults = new Map<string, string>();
  #overruns = 0;
  /** Why nothing can be. */
  #fault: string | undefined;

  constructor(place: SidePlace) {
    this.#place = place;
  }

  /** Code that does not start is a fault of every entity. Throws for a retry otherwise. */
  async start(artefact: TenantArtefact | string): Promise<void> {
    if (typeof artefact === 'string') {
      this.#fault = artefact;
      return;
    }
    const { api, target } = this.#place;
    const uploaded = await uploadPreview(api, target, artefact, LIMITS);
    if (uploaded.ok) return;
    if (uploaded.kind !== 'refused') {
      throw new LedgerError({ code: 'not_ready', detail: uploaded.detail });
    }
    this.#fault = `The code did not start: ${uploaded.detail}`;
  }

  async end(): Promise<void> {
    const { api, target } = this.#place;
    const deleted = await deletePreview(api, target);
    if (!deleted.ok) throw new LedgerError({ code: 'not_ready', detail: deleted.detail });
  }

  /** Adds facts, a list as JSON, to the copy of `id`, whose parent's copy hears of them; what is in its way is said by `replay`. */
  async copy(id: string, facts: string, parent?: string): Promise<void> {
    if (this.#fault !== undefined || this.#faults.has(id)) return;
    const to = parent === undefined ? '' : `?parent=${encodeURIComponent(parent)}`;
    const path = `/copies/${encodeURIComponent(id)}/facts${to}`;
    const answer = await this.#ask(path, COPY_LIMIT_MS, facts);
    if (!answer.ok) this.#faults.set(id, answer.error);
  }

  async replay(id: string): Promise<SideReplay> {
    const fault = this.#fault ?? this.#faults.get(id);
    if (fault !== undefined) return { ok: false, error: fault };
    const startedAt = Date.now();
    const answer = await this.#ask(`/copies/${encodeURIComponent(id)}/replay`, REPLAY_LIMIT_MS);
    const ms = Date.now() - startedAt;
    if (!answer.ok) {
      if (answer.isOverrun) this.#overran();
      return { ok: false, error: answer.error };
    }
    const parsed = replayAnswer.safeParse(fromJson(answer.text));
    if (parsed.success) return { ok: true, ms, answer: parsed.data };
    return { ok: false, error: 'The replay did not answer as it has to.' };
  }

  #overran(): void {
    this.#overruns += 1;
    if (this.#overruns < MAX_OVERRUNS) return;
    this.#fault = `Not replayed: ${this.#overruns} replays before it went over their limits.`;
  }

  async #ask(path: string, limitMs: number, body?: string): Promise<Answer> {
    const { env, tenantId, target } = this.#place;
    try {
      const worker = env.TENANT_WORKERS.get(
        target.script,
        {},
        {
          limits: { cpuMs: LIMITS.cpu_ms, subRequests: LIMITS.subrequests },
          outbound: { tenant_id: tenantId },
        },
      );
      const response = await worker.fetch(`https://preview.invalid${path}`, {
        method: 'POST',
        signal: AbortSignal.timeout(limitMs),
        ...(body !== undefined && { body }),
      });
      const read = await readBodyText(response, MAX_ANSWER_BYTES);
      if (!read.ok) return failed('It answered too much.');
      if (response.ok) return { ok: true, text: read.text };
      return failed(response.status === 404 ? 'No class of this code serves it.' : said(read.text));
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      return { ...failed(`It went over its limits: ${words}`), isOverrun: true };
    }
  }
}

type Answer =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly error: string; readonly isOverrun: boolean };

function failed(words: string): Extract<Answer, { ok: false }> {
  return { ok: false, error: words.slice(0, MAX_ERROR).toWellFormed(), isOverrun: false };
}

/** The sentence in an error that the preview's own part of the script answered. */
function said(text: string): string {
  const value = fromJson(text);
  const error: unknown =
    typeof value === 'object' && value !== null ? Reflect.get(value, 'error') : undefined;
  return typeof error === 'string' ? error : 'It could not be replayed.';
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
