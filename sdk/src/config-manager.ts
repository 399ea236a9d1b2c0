// The Configs of a running ledger: decides on changes, inherits from the scopes above, and judges
// facts by rules. Reads facts only; what it decides, the ledger's own write path commits.
import {
  type Config,
  type ConfigInput,
  type ConfigScope,
  type ConfigState,
  type EffectiveConfig,
  inputFaults,
  type Position,
  readInherited,
  settingsFaults,
} from './config.ts';
import { citeConfig, configOf } from './config-citation.ts';
import { wideningFaults } from './config-constraints.ts';
import { ConfigHistory, unexpired } from './config-history.ts';
import { ConfigJudge } from './config-judge.ts';
import { isSampled, keyRefusal, storageBudget } from './config-limits.ts';
import { type ConfigQuery, effectiveConfig } from './config-query.ts';
import type { Entity } from './entity.ts';
import { type ErrorData, LedgerError } from './errors.ts';
import type { Fact, FactDraft } from './fact.ts';
import type { StateReader } from './invariant.ts';
import { canonicalJson, isPlainObject, type JsonObject } from './json.ts';
import type {
  CitedConfig,
  ConfigHost,
  ConfigReader,
  ConfigReference,
  ConfigSource,
  ConfigsOption,
  ConfigTypeOf,
  Judgement,
  LedgerConfigs,
} from './ledger-configs.ts';
import type { BootstrapConfig } from './ledger-options.ts';
import type { Operation } from './operations.ts';
import { accept, notFound, type Outcome, type Refusal, refuse, refuseField } from './outcome.ts';
import { ParentDOClient } from './parent-do-client.ts';
import { RefusalTally } from './refusal-tally.ts';
import { normalizeTimestamp } from './timestamp.ts';
import type { WhatIf, WhatIfView } from './what-if.ts';
import { replayWhatIf, type WhatIfParts } from './what-if-replay.ts';

/** What `configs()` takes; all of it optional. Source: docs/configs.md. */
export interface ConfigsOptions {
  /** Of this ledger's own Configs; default `entity`. */
  scope?: ConfigScope;
  /** Tells the Configs of the scopes above; without one, nothing is inherited. */
  source?: ConfigSource;
  /** How old what is known of them may be at a write, milliseconds; default 60,000. */
  refreshMs?: number;
  /** What a failing source means; by default the last known Configs go on holding. */
  bootstrapConfig?: BootstrapConfig;
}

const DEFAULT_REFRESH_MS = 60_000;
/** How long a scope above that could not say is not asked again, milliseconds. */
const RETRY_MS = 1000;
const INVARIANTS = 'invariants';

/** Switches Configs on for a ledger class: `super(ctx, env, { configs: configs() })`. */
export function configs(options: ConfigsOptions = {}): ConfigsOption {
  return {
    attach({ memory, indexed, ...ledger }) {
      const now = (): Position => {
        const { seq, recordedAt } = memory.current().head;
        return { seq, ms: Math.max(Date.now(), recordedAt) };
      };
      return new ConfigManager({ ...ledger, now, facts: () => indexed('config') }, options);
    },
  };
}

/** Anything that answers a ledger's RPC method `inheritableConfigs`, such as its stub. */
export interface ConfigTarget {
  inheritableConfigs(anew?: boolean): PromiseLike<Outcome<Config[]>>;
}

/** The scope above, asked through a stub of its ledger. One never created has nothing to say. */
export function configsOf(target: () => ConfigTarget | undefined): ConfigSource {
  return {
    async readConfigs(anew) {
      const outcome = await target()?.inheritableConfigs(anew);
      if (outcome?.ok) return outcome.value;
      return outcome?.error.code === 'not_found' ? [] : undefined;
    },
  };
}

/**
 * Folds the ledger's config facts once and then follows each commit. See `LedgerConfigs` for what
 * each method answers. Source: seeds, principle 6 and architecture.
 */
export class ConfigManager implements LedgerConfigs {
  readonly #host: ConfigHost;
  readonly #scope: ConfigScope;
  readonly #source: ParentDOClient<ConfigSource> | undefined;
  readonly #refreshMs: number;
  readonly #judge = new ConfigJudge();
  readonly #refusals: RefusalTally;
  #history: ConfigHistory | undefined;
  #asking = false;
  #freshUntil = -Infinity;
  /** The tenant that what is fresh was asked for. */
  #tenantId = '';

  constructor(host: ConfigHost, options: ConfigsOptions = {}) {
    this.#host = host;
    this.#refusals = new RefusalTally(host.kv);
    this.#scope = options.scope ?? 'entity';
    const { source, bootstrapConfig: config } = options;
    const { breaker } = host;
    this.#source = source && new ParentDOClient({ breaker, target: () => source, config });
    this.#refreshMs = options.refreshMs ?? DEFAULT_REFRESH_MS;
  }

  adopt(facts: readonly Fact[]): void {
    for (const fact of facts) {
      this.#history?.add(fact);
      if (fact.type === 'system' && fact.subtype === 'refusals') this.#refusals.taken();
    }
  }

  invalidate(): void {
    this.#history = undefined;
  }

  refresh(anew = false): undefined | Promise<FactDraft | undefined> {
    const entity = this.#host.entity();
    if (!this.#source || this.#asking || entity?.lifecycle !== 'active') return undefined;
    const isFresh = this.#host.now().ms < this.#freshUntil && this.#tenantId === entity.tenant_id;
    if (isFresh && !anew) return undefined;
    return this.#ask(this.#source, entity.tenant_id, anew);
  }

  put(input: ConfigInput): Outcome<Operation<Config>> {
    if (!isPlainObject(input)) return refuseField('', 'invalid_type', 'Expected an object.');
    const faults = inputFaults(input);
    if (faults[0]) return refuse('invalid_request', faults[0].detail, faults);
    return accept({
      name: 'put_config',
      payload: input,
      pointerOf: () => '',
      decide: (entity) => this.#decide(input, entity),
      answer: { kind: 'facts', of: (facts) => this.#answer(input, facts) },
    });
  }

  inForce(type: string): EffectiveConfig | undefined {
    return this.at(type, this.#host.now());
  }

  at(type: string, position: Position): EffectiveConfig | undefined {
    return this.#known().effective(type, position);
  }

  get(id: string, version?: number): Config | undefined {
    return this.#known().get(id, version);
  }

  typeOf(id: string): string | undefined {
    return this.#known().typeOf(id);
  }

  versions(id: string): Config[] {
    return this.#known().versions(id);
  }

  types(): string[] {
    return this.#known().effectiveTypes(this.#host.now());
  }

  inheritable(): Config[] {
    return this.#known().exports(this.#host.now());
  }

  governing(fact: { type: string; subtype?: string }): ConfigReference | undefined {
    return this.#judge.governing(this.inForce(INVARIANTS), fact);
  }

  judge(fact: Fact, state: StateReader): Judgement {
    return this.#judge.judge(this.inForce(INVARIANTS), fact, state);
  }

  cite(
    draft: FactDraft,
    typeOf: ConfigTypeOf,
    at: Position,
    pointer: string,
  ): Outcome<CitedConfig> {
    return citeConfig(draft, typeOf, this, at, pointer);
  }

  of(
    fact: Fact,
    typeOf: ConfigTypeOf,
    supposed: ConfigReader | undefined,
  ): EffectiveConfig | undefined {
    return configOf(fact, typeOf, this, supposed);
  }

  query(type: string, query: ConfigQuery, seqAt: (ms: number) => number): Outcome<EffectiveConfig> {
    return effectiveConfig(this, type, query, seqAt);
  }

  keyRefusal(): Refusal | undefined {
    return keyRefusal(this.inForce('ledger')?.settings);
  }

  storageBudget(most: number): number {
    return storageBudget(this.inForce('ledger')?.settings, most);
  }

  countRefusal(error: ErrorData, tenantId: string, type?: string): number | undefined {
    if (this.#host.entity()?.tenant_id !== tenantId) return undefined;
    if (this.inForce('ledger')?.settings.record_refusals === false) return undefined;
    return this.#refusals.count(error, type, Date.now());
  }

  reports(): boolean {
    return isSampled(this.inForce('observability')?.settings, this.#host.entity()?.id ?? '');
  }

  dueRefusals(): FactDraft | number | undefined {
    return this.#refusals.takeDue(Date.now());
  }

  whatIf(parts: WhatIfParts, input: WhatIf): Promise<Outcome<WhatIfView>> {
    return replayWhatIf(parts, this, input);
  }

  withSettings({ type, settings }: WhatIf): Outcome<ConfigReader> {
    const faults = settingsFaults(type, settings);
    if (faults[0]) return refuse('invalid_request', faults[0].detail, faults);
    const supposed = new WeakMap<EffectiveConfig, EffectiveConfig>();
    const id = this.#known().idOf(type) ?? 'what_if';
    const fallback = { object: 'effective_config', type, id, version: 0, sources: [] } as const;
    const absent: EffectiveConfig = { ...fallback, scope: this.#scope, settings };
    const at = (asked: string, position: Position): EffectiveConfig | undefined => {
      const found = this.at(asked, position);
      if (asked !== type) return found;
      if (!found) return absent;
      const kept = supposed.get(found) ?? { ...found, settings };
      supposed.set(found, kept);
      return kept;
    };
    const inForce = (asked: string) => at(asked, this.#host.now());
    return accept({
      at,
      inForce,
      governing: (fact) => this.#judge.governing(inForce(INVARIANTS), fact),
      judge: (fact, state) => {
        const before = { seq: fact.seq - 1, ms: Date.parse(fact.recorded_at) };
        return this.#judge.judge(at(INVARIANTS, before), fact, state);
      },
    });
  }

  #known(): ConfigHistory {
    if (this.#history) return this.#history;
    const history = new ConfigHistory();
    for (const fact of this.#host.facts()) history.add(fact);
    this.#history = history;
    return history;
  }

  #decide(input: ConfigInput, entity: Entity | undefined): Outcome<FactDraft[]> {
    if (!entity) return notFound();
    if (entity.lifecycle !== 'active') {
      return refuse('lifecycle_conflict', `The entity is ${entity.lifecycle}.`);
    }
    const { id, type, state = 'active' } = input;
    const history = this.#known();
    const latest = history.get(id);
    if ((latest?.type ?? type) !== type) return conflict('/type', 'The type of a Config stays.');
    if ((history.idOf(type) ?? id) !== id) {
      return conflict('/type', 'This type has a Config under another id.');
    }
    if (state === 'archived') return archive(input, latest);
    const now = this.#host.now();
    const effective_at = normalizeTimestamp(input.effective_at ?? '');
    const from = effective_at === undefined ? now.ms : Date.parse(effective_at);
    const same = latest !== undefined && isSame(contentOf(input), latest);
    if (same && says(latest, state, from, effective_at !== undefined)) return accept([]);
    if (same && state === 'draft') return conflict('/state', 'It is archived already.');
    if (same && latest.state === 'active' && Date.parse(latest.effective_at) <= now.ms) {
      return conflict('/effective_at', 'It is in force already.');
    }
    if (from < now.ms) {
      return refuseField('/effective_at', 'in_the_past', 'A Config does not change the past.');
    }
    const widened = this.#widening(input, { ...now, ms: from });
    if (widened) return widened;
    const time = effective_at === undefined ? {} : { effective_at };
    if (same) {
      const data = { config_id: id, config_version: latest.version, ...time };
      return accept([{ type: 'config', subtype: 'activated', data }]);
    }
    const config = { ...this.#nextVersion(input, entity, state, latest), ...time };
    return accept([{ type: 'config', subtype: 'versioned', data: { config } }]);
  }

  #nextVersion(
    input: ConfigInput,
    entity: Entity,
    state: ConfigState,
    latest: Config | undefined,
  ): JsonObject {
    const { id, type } = input;
    const about = { id, tenant_id: entity.tenant_id, scope: this.#scope, type };
    const version = (latest?.version ?? 0) + 1;
    return { ...about, ...contentOf(input), version, state };
  }

  #widening(input: ConfigInput, at: Position): ReturnType<typeof refuse> | undefined {
    const { type, settings = {} } = input;
    const above = this.#known().inherited(type, at)?.settings ?? {};
    const faults = wideningFaults(type, above, settings);
    return faults[0] && refuse('config_widened', faults[0].detail, faults);
  }

  /** The Config as the change left it; also for a replay of the same request, much later. */
  #answer(input: ConfigInput, facts: Fact[]): Config {
    this.adopt(facts);
    const history = this.#known();
    const same = history.versions(input.id).findLast((one) => isSame(contentOf(input), one));
    // Nothing was appended: the version that said so already.
    const [fact] = facts;
    const version = fact ? versionOf(fact) : same?.version;
    const config = history.get(input.id, version, fact?.seq);
    if (config) return config;
    throw new LedgerError({ code: 'internal', detail: 'A Config was put and is not there.' });
  }

  async #ask(
    source: ParentDOClient<ConfigSource>,
    tenantId: string,
    anew: boolean,
  ): Promise<FactDraft | undefined> {
    this.#asking = true;
    try {
      const answer: unknown = await source.call((one) => one.readConfigs(anew));
      const { ms } = this.#host.now();
      const all = Array.isArray(answer) && readInherited(answer, this.#scope, tenantId);
      this.#tenantId = tenantId;
      this.#freshUntil = ms + (all ? this.#refreshMs : Math.min(this.#refreshMs, RETRY_MS));
      if (!all) {
        if (answer !== undefined) console.warn('The Configs above cannot be read.');
        return undefined;
      }
      // Both without what is over: that a time has come is nothing new.
      const found = unexpired(all, ms);
      const known = this.#known().lastInherited(ms);
      if (canonicalJson(known) === canonicalJson(found)) return undefined;
      const list = found.map((config): JsonObject => ({ ...config }));
      return { type: 'config', subtype: 'inherited', data: { configs: list } };
    } finally {
      this.#asking = false;
    }
  }
}

function archive(input: ConfigInput, latest: Config | undefined): Outcome<FactDraft[]> {
  if (!latest) return notFound();
  if (input.settings !== undefined && !isSame(contentOf(input), latest)) {
    return conflict('/settings', 'Archiving does not change a Config.');
  }
  if (latest.state === 'archived') return accept([]);
  const data = { config_id: latest.id, config_version: latest.version };
  return accept([{ type: 'config', subtype: 'archived', data }]);
}

function contentOf({
  id,
  name = id,
  settings = {},
}: ConfigInput): Pick<Config, 'name' | 'settings'> {
  return { name, settings };
}

function isSame(one: Pick<Config, 'name' | 'settings'>, { name, settings }: Config): boolean {
  return one.name === name && canonicalJson(one.settings) === canonicalJson(settings);
}

/** Whether `latest`, of the same content, says already what is asked for; `from` in ms. */
function says(latest: Config, state: ConfigState, from: number, isGiven: boolean): boolean {
  if (state === 'draft') return latest.state !== 'archived';
  const since = Date.parse(latest.effective_at);
  return latest.state === 'active' && (isGiven ? since === from : since <= from);
}

function versionOf({ data }: Fact): number {
  const { config, config_version } = data;
  return Number(isPlainObject(config) ? config.version : config_version);
}

function conflict(pointer: string, detail: string): ReturnType<typeof refuse> {
  return refuse('conflict', detail, [{ pointer, code: 'conflict', detail }]);
}
