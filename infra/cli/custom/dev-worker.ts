// The developer's Worker on a platform of this machine: takes a bundle, and either it is what answers
// from then on, or it is told what is wrong with it and the one before goes on. It keeps no version.
import {
  type CloudflareApi,
  checkClasses,
  checkHandlers,
  composeArtefact,
  createCloudflareApi,
  type DescribedClass,
  describeArtefact,
  parseDescription,
  readDeployedClasses,
  readSecretNames,
  startupFinding,
  type TemplateParts,
  type UserWorkerTarget,
  uploadUserWorker,
  type WorkerManifest,
  type WorkerModule,
} from '@z0-app/provisioning';
import { askAlone } from '../../local/runtime/ask-alone.ts';
import type { Session } from '../context.ts';
import { checkBundle } from './build-upload.ts';
import type { Bundle, SourceLine } from './bundle.ts';
import { templateReader } from './dev-template.ts';
import type { DevTenant } from './dev-tenant.ts';
import { readDevVars } from './dev-vars.ts';
import { toldLine } from './findings.ts';
import type { Project } from './project.ts';

/** What one reload took; milliseconds. */
export interface ReloadSteps {
  readonly start: number;
  readonly upload: number;
  readonly answer: number;
}

export type Reloaded =
  | {
      readonly ok: true;
      /** The developer's own, without the template's. */
      readonly classes: readonly DescribedClass[];
      readonly notes: readonly string[];
      readonly steps: ReloadSteps;
    }
  /** One line a finding. */
  | { readonly ok: false; readonly lines: readonly string[] };

interface Code {
  /** Its vars are as the Worker gets them: with those of `.dev.vars`. */
  readonly manifest: WorkerManifest;
  readonly modules: readonly WorkerModule[];
  readonly classes: readonly DescribedClass[];
  readonly bundle: Bundle;
}

type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly lines: string[] };

/**
 * The dispatcher holds each call to the limits of its tenant's plan; those of the script itself say
 * nothing on this machine.
 */
const SCRIPT_LIMITS = { cpu_ms: 1_000, subrequests: 1_000 };
const AT_FAULT = 10_021;

export class DevWorker {
  readonly #session: Session;
  readonly #tenant: DevTenant;
  readonly #api: CloudflareApi;
  readonly #target: UserWorkerTarget;
  readonly #readParts: () => Promise<TemplateParts>;
  /** What answered last, to be put back. */
  #good: Code | undefined;

  constructor(session: Session, tenant: DevTenant) {
    const { local } = session;
    this.#session = session;
    this.#tenant = tenant;
    this.#api = createCloudflareApi({
      apiToken: local.api_token,
      baseURL: local.cloudflare_api_url,
    });
    this.#target = {
      accountId: local.account_id,
      namespace: local.dispatch_namespace,
      tenantId: tenant.id,
    };
    this.#readParts = templateReader(local);
  }

  async reload(project: Project, bundle: Bundle): Promise<Reloaded> {
    const checked = await checkBundle(project, bundle, { message: undefined, deletedClasses: [] });
    if (!checked.ok) return checked;
    const { manifest: declared, modules } = checked.built;
    const { values, notes } = readDevVars(project.dir, declared, await this.#setSecrets());
    const manifest = { ...declared, vars: { ...declared.vars, ...values } };
    const times = [performance.now()];
    const started = await this.#startAlone(manifest, modules, bundle);
    if (!started.ok) return started;
    times.push(performance.now());
    const code = { manifest, modules, classes: started.value, bundle };
    const uploaded = await this.#upload(code);
    if (!uploaded.ok) return uploaded;
    times.push(performance.now());
    const answered = await this.#tenant.answers();
    if (!answered.ok) return { ok: false, lines: await this.#putBack(answered.words) };
    times.push(performance.now());
    const moved = movedIds(this.#good?.classes ?? [], code.classes);
    this.#good = code;
    const [from = 0, start = 0, upload = 0, answer = 0] = times;
    return {
      ok: true,
      classes: code.classes.filter((one) => one.from === 'custom'),
      notes: [...notes, ...notRunning(declared), ...moved],
      steps: { start: start - from, upload: upload - start, answer: answer - upload },
    };
  }

  /** Where a line of what is live comes from. */
  sourceOf(module: string, line: number): SourceLine | undefined {
    const bundle = this.#good?.bundle;
    return module === bundle?.name ? bundle.sourceOf(line) : undefined;
  }

  /** A secret of the tenant's stays bound whatever is uploaded. */
  async #setSecrets(): Promise<readonly string[]> {
    const read = await readSecretNames(this.#api, this.#target);
    return read.ok ? read.names : [];
  }

  /** As the platform does with an upload: without data, without a network, only to be looked at. */
  async #startAlone(
    manifest: WorkerManifest,
    modules: readonly WorkerModule[],
    bundle: Bundle,
  ): Promise<Outcome<readonly DescribedClass[]>> {
    const artefact = describeArtefact(await this.#readParts(), manifest, modules);
    const asked = await askAlone(
      {
        compatibilityDate: artefact.compatibility_date,
        compatibilityFlags: artefact.compatibility_flags,
        modules: artefact.modules,
        vars: artefact.vars ?? {},
      },
      this.#session.stateDir,
    );
    const words = asked.ok ? 'it started and did not say what it exports.' : asked.message;
    const description = asked.ok ? parseDescription(asked.text) : undefined;
    if (description === undefined) {
      return { ok: false, lines: [toldLine(startupFinding(words, manifest, modules), bundle)] };
    }
    // As if nothing were deployed: a class that is left out keeps its data here.
    const findings = [
      ...checkClasses(description.classes, [], manifest),
      ...checkHandlers(description, manifest),
    ];
    if (findings.length === 0) return { ok: true, value: description.classes };
    return { ok: false, lines: findings.map((finding) => toldLine(finding, bundle)) };
  }

  async #upload(code: Code): Promise<Outcome<undefined>> {
    const { manifest, modules, classes, bundle } = code;
    const parts = await this.#readParts();
    const deployed = await readDeployedClasses(this.#api, this.#target);
    if (!deployed.ok) return { ok: false, lines: [`upload: ${deployed.detail}`] };
    const artefact = composeArtefact(parts, manifest, modules, classes, deployed);
    const settings = { plan: this.#tenant.plan, limits: SCRIPT_LIMITS };
    const uploaded = await uploadUserWorker(this.#api, this.#target, artefact, settings);
    if (uploaded.ok) return { ok: true, value: undefined };
    if (uploaded.code !== AT_FAULT) return { ok: false, lines: [`upload: ${uploaded.detail}`] };
    const finding = startupFinding(uploaded.detail, manifest, modules);
    return { ok: false, lines: [toldLine(finding, bundle)] };
  }

  /** What started and does not answer gives way to what answered last. */
  async #putBack(words: string): Promise<string[]> {
    const good = this.#good;
    const line = `upload: it does not answer: ${words}`;
    if (good === undefined) return [line, 'nothing is there to be put back: correct the sources'];
    const back = await this.#upload(good);
    return back.ok ? [line] : [line, ...back.lines];
  }
}

/** The platform starts these for a version that is live, which a working copy is not. */
function notRunning({ schedules = [], queue }: WorkerManifest): string[] {
  const names = [
    ...(schedules.length === 0 ? [] : ['schedules']),
    ...(queue === undefined ? [] : ['the queue']),
  ];
  return names.length === 0 ? [] : [`${names.join(' and ')} run with z0 deploy only`];
}

/** Entities are found by the prefix of their ids. */
function movedIds(before: readonly DescribedClass[], now: readonly DescribedClass[]): string[] {
  const was = new Map(before.map(({ name, prefix }) => [name, prefix]));
  return now.flatMap(({ name, prefix }) => {
    const old = was.get(name);
    if (old === undefined || old === prefix) return [];
    return [`${name} had ids ${old}_…, which are not found any more; a deploy would refuse that`];
  });
}
