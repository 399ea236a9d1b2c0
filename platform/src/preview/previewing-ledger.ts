// The part of a tenant's ledger that keeps what previews came to, and sees each that was asked for
// through to its end. It replays nothing itself, and never decides what becomes live.
import type { Fact, FactInput, JsonObject, Outcome, WriteContext } from '@z0-app/sdk';
import { createRun, nudgeInstance } from '../tenants/tenant-run.ts';
import { versionFacts } from '../versions/version-facts.ts';
import { runningActivation } from '../versions/version-state.ts';
import { VersioningLedger } from '../versions/versioning-ledger.ts';
import {
  evolvePreviews,
  latestPreview,
  NO_PREVIEWS,
  type Preview,
  type PreviewFinding,
  type PreviewSample,
  runningPreview,
  type TenantPreviews,
} from './preview-state.ts';

const STATE = 'TenantPreviews';
/** A run that has said nothing for so long is looked at. */
const WATCH_DELAY_MS = 10_000;

export abstract class PreviewingLedger extends VersioningLedger {
  /** The latest previews. Errors: `not_found`. */
  async readPreviews(): Promise<Outcome<TenantPreviews>> {
    return this.tenantId() === undefined ? missing() : { ok: true, value: this.#previews() };
  }

  /**
   * Starts a preview. Asked for again while it runs, it is the same one. Errors: `not_found`,
   * `conflict` while another one runs.
   */
  async requestPreview(
    request: { readonly version_id: string; readonly sample: PreviewSample },
    context: WriteContext,
  ): Promise<Outcome<Preview>> {
    const tenantId = this.tenantId();
    const { version_id, sample } = request;
    const isKnown = this.versions().versions.some(({ id }) => id === version_id);
    if (tenantId === undefined || !isKnown) return missing();
    const running = runningPreview(this.#previews());
    if (running !== undefined) {
      const isSame =
        running.version_id === version_id &&
        JSON.stringify(running.sample) === JSON.stringify(sample);
      return isSame ? { ok: true, value: running } : underWay(running);
    }
    const id = `preview_${tenantId}_${this.#previews().count + 1}`;
    const { idempotencyKey: _, ...unkeyed } = context;
    // What zod read is plain JSON.
    const data = { id, version_id, sample: sample as JsonObject | string };
    const outcome = await this.append({ type: 'preview', subtype: 'requested', data }, unkeyed);
    if (!outcome.ok) return outcome;
    await this.#ensurePreview();
    const preview = latestPreview(this.#previews(), version_id);
    return preview === undefined ? missing() : { ok: true, value: preview };
  }

  /** Records what a preview came to; a repeat changes nothing. Errors: `not_found`. */
  async recordPreview(finding: PreviewFinding): Promise<Outcome<null>> {
    // What zod read is plain JSON.
    const data = { ...finding } as unknown as JsonObject;
    return this.#record({ type: 'preview', subtype: 'finished', data }, finding.id);
  }

  /** Ends a preview that came to nothing; a repeat changes nothing. Errors: `not_found`. */
  async failPreview(id: string, error: string): Promise<Outcome<null>> {
    return this.#record({ type: 'preview', subtype: 'failed', data: { id, error } }, id);
  }

  /** Writes that what `preview` differs in is accepted, with the activation that says so. Safe to repeat. */
  async acceptDifferences(run: string, preview: string): Promise<Outcome<null>> {
    const tenantId = this.tenantId();
    const activation = runningActivation(this.versions());
    if (tenantId === undefined || activation?.run !== run) return missing();
    const outcome = await this.append(versionFacts.differencesAccepted(activation, preview), {
      tenantId,
      principal: activation.by ?? 'operator',
      route: 'preview',
      idempotencyKey: `${run}:accepted`,
    });
    return outcome.ok ? { ok: true, value: null } : outcome;
  }

  /** Whatever its rings are for, a preview that fell silent is among it. */
  override async alarm(): Promise<void> {
    await super.alarm();
    await this.#ensurePreview();
    await this.#watchPreview();
  }

  protected override foldVersions(fact: Fact): void {
    super.foldVersions(fact);
    const before = this.#previews();
    const next = evolvePreviews(before, fact);
    if (next !== before) this.cachedStateManager.set(STATE, next);
  }

  #previews(): TenantPreviews {
    return this.cachedStateManager.get<TenantPreviews>(STATE) ?? NO_PREVIEWS;
  }

  /** Makes sure that the preview under way has its Workflow. Safe to repeat. */
  async #ensurePreview(): Promise<void> {
    const running = runningPreview(this.#previews());
    const tenantId = this.tenantId();
    if (running === undefined || tenantId === undefined) return;
    if (this.ctx.storage.kv.get<string>('preview') === running.id) return;
    await createRun(this.env.PREVIEW_VERSION, running.id, { tenant_id: tenantId });
    this.ctx.storage.kv.put('preview', running.id);
    await this.ctx.storage.setAlarm(Date.now() + WATCH_DELAY_MS);
  }

  /** Wakes a run whose host was killed, and gives up on one that ended without a word. */
  async #watchPreview(): Promise<void> {
    const running = runningPreview(this.#previews());
    if (running === undefined) return;
    // Before anything is asked: whatever happens then, it is looked at again.
    await this.ctx.storage.setAlarm(Date.now() + WATCH_DELAY_MS);
    if (Date.now() - Date.parse(running.started_at) < WATCH_DELAY_MS) return;
    const health = await nudgeInstance(this.env.PREVIEW_VERSION, running.id);
    if (!health.alive) await this.failPreview(running.id, `The run ended: ${health.cause}.`);
  }

  async #record(fact: FactInput, id: string): Promise<Outcome<null>> {
    const tenantId = this.tenantId();
    if (tenantId === undefined) return missing();
    const outcome = await this.append(fact, {
      tenantId,
      principal: 'workflow',
      route: 'preview',
      idempotencyKey: `${id}:end`,
    });
    // The same end told in other figures, by another try, is a repeat.
    if (outcome.ok || outcome.error.code === 'idempotency_key_reused') {
      await this.settleSoon();
      return { ok: true, value: null };
    }
    return outcome;
  }
}

type Refusal = Extract<Outcome<never>, { ok: false }>;

function missing(): Refusal {
  return { ok: false, error: { code: 'not_found', detail: 'There is no such tenant or version.' } };
}

function underWay({ id, version_id }: Preview): Refusal {
  const detail = `${id} of ${version_id} is under way; ask again when it has ended.`;
  return { ok: false, error: { code: 'conflict', detail } };
}
