// The Configs of one ledger, folded from its facts of type `config`: which version held when, by
// what the ledger knew then. Pure; it never looks at a clock.
import {
  type Config,
  type ConfigOrigin,
  type EffectiveConfig,
  type Position,
  SCOPES,
} from './config.ts';
import { combineSettings } from './config-constraints.ts';
import type { Fact } from './fact.ts';

/** From `from` on, version `version` is in force; of an archiving, none is. Times in ms. */
interface Turn {
  readonly seq: number;
  readonly version: number;
  readonly archived: boolean;
  readonly from: number;
  readonly effective_at: string;
  /** `seq` of the fact that gave the same version another time before this one came. */
  movedBy?: number;
}

/** All that happened to one Config of this ledger. */
interface Line {
  readonly type: string;
  readonly versions: { readonly seq: number; readonly config: Config }[];
  readonly turns: Turn[];
}

/** What the scopes above said, from `from` (ms) on: it counts when this ledger heard it. */
interface Inheritance {
  readonly seq: number;
  readonly from: number;
  readonly configs: readonly Config[];
}

/** A kept answer, and up to which position it stands. */
interface Kept {
  readonly since: Position;
  readonly until: Position;
  readonly value: EffectiveConfig | undefined;
}

/** The fold; `add` facts in the order of the ledger, then ask. Source: seeds, principle 6. */
export class ConfigHistory {
  readonly #lines = new Map<string, Line>();
  readonly #inherited: Inheritance[] = [];
  /** Types of all Configs that were ever inherited, by id. */
  readonly #inheritedTypes = new Map<string, string>();
  readonly #seqs: number[] = [];
  /** All moments (ms) at which an answer may change. */
  readonly #moments: number[] = [];
  readonly #kept = new Map<string, Kept>();

  /** Facts of other types, and facts added before, change nothing. */
  add(fact: Fact): void {
    if (fact.type !== 'config' || fact.seq <= (this.#seqs.at(-1) ?? 0)) return;
    this.#seqs.push(fact.seq);
    this.#kept.clear();
    // Parse edge: only the ledger's own code writes facts of type `config`. A copy, since the fact
    // has been in the hands of others.
    const data = structuredClone(fact.data) as unknown as FactData;
    const { config, configs = [], config_id = '', config_version: version = 0 } = data;
    if (config) this.#version(fact, { effective_at: fact.recorded_at, ...config });
    else if (fact.subtype === 'activated') {
      this.#turn(fact, config_id, version, false, data.effective_at ?? fact.recorded_at);
    } else if (fact.subtype === 'archived') {
      this.#turn(fact, config_id, version, true, fact.recorded_at);
    } else if (fact.subtype === 'inherited') {
      const from = Date.parse(fact.recorded_at);
      this.#inherited.push({ seq: fact.seq, from, configs });
      for (const { id, type } of configs) this.#inheritedTypes.set(id, type);
      this.#moments.push(from, ...configs.flatMap((one) => [start(one), end(one)]));
    }
  }

  /** In force at a position: by facts up to `seq`, at the time `ms`. */
  effective(type: string, at: Position): EffectiveConfig | undefined {
    const kept = this.#kept.get(type);
    if (kept && covers(kept, at)) return kept.value;
    const layers = [...this.#above(type, at), ...this.#own(type, at)];
    const value = toEffective(type, layers);
    const seq = this.#seqs.find((one) => one > at.seq) ?? Infinity;
    const ms = this.#moments.reduce(
      (least, one) => (one > at.ms ? Math.min(least, one) : least),
      Infinity,
    );
    this.#kept.set(type, { since: at, until: { seq, ms }, value });
    return value;
  }

  /** As `effective`, of the broader scopes alone. */
  inherited(type: string, at: Position): EffectiveConfig | undefined {
    return toEffective(type, this.#above(type, at));
  }

  /** Types that have a Config in force. */
  effectiveTypes(at: Position): string[] {
    const own = [...this.#lines.values()].map((line) => line.type);
    const types = [...own, ...this.#heard(at).map((one) => one.type)];
    return [...new Set(types)].toSorted().filter((type) => this.effective(type, at));
  }

  /** The id of this ledger's Config of a type. */
  idOf(type: string): string | undefined {
    return [...this.#lines].find(([, line]) => line.type === type)?.[0];
  }

  /** The type of a Config of this ledger, or of one it ever inherited. */
  typeOf(id: string): string | undefined {
    return this.#lines.get(id)?.type ?? this.#inheritedTypes.get(id);
  }

  /** A Config of this ledger, the latest version by default, as known at `seq`. */
  get(id: string, version?: number, seq = Infinity): Config | undefined {
    const line = this.#lines.get(id);
    const known = line?.versions.findLast(
      (one) => one.seq <= seq && one.config.version === (version ?? one.config.version),
    );
    return line && known && view(line, known.config, seq);
  }

  /** Oldest first. */
  versions(id: string): Config[] {
    const line = this.#lines.get(id);
    return line ? line.versions.map(({ config }) => view(line, config, Infinity)) : [];
  }

  /** What was inherited last; without what is over by `ms`. */
  lastInherited(ms: number): Config[] {
    return unexpired(this.#inherited.at(-1)?.configs ?? [], ms);
  }

  /** What a ledger of a narrower scope inherits: in force or scheduled, above and here. */
  exports(at: Position): Config[] {
    const own = [...this.#lines.values()].flatMap((line) =>
      line.versions
        .filter(({ seq }) => seq <= at.seq)
        .map(({ config }) => view(line, config, at.seq))
        .filter((one) => one.state === 'active' && end(one) > start(one)),
    );
    return unexpired([...this.#heard(at), ...own], at.ms);
  }

  #version(fact: Fact, config: Config): void {
    const { id, type, version, state, effective_at } = config;
    const line = this.#lines.get(id) ?? { type, versions: [], turns: [] };
    this.#lines.set(id, line);
    line.versions.push({ seq: fact.seq, config });
    if (state === 'active') this.#turn(fact, id, version, false, effective_at);
  }

  #turn(fact: Fact, id: string, version: number, archived: boolean, effective_at: string): void {
    const turns = this.#lines.get(id)?.turns ?? [];
    const recorded = Date.parse(fact.recorded_at);
    for (const turn of turns) {
      if (turn.version === version && turn.from > recorded) turn.movedBy ??= fact.seq;
    }
    const from = Date.parse(effective_at);
    turns.push({ seq: fact.seq, version, archived, from, effective_at });
    this.#moments.push(from);
  }

  #heard({ seq, ms }: Position): readonly Config[] {
    return this.#inherited.findLast((one) => one.seq <= seq && one.from <= ms)?.configs ?? [];
  }

  #above(type: string, at: Position): Config[] {
    const heard = this.#heard(at).filter(
      (one) => one.type === type && start(one) <= at.ms && end(one) > at.ms,
    );
    return SCOPES.flatMap((scope) => {
      const same = heard.filter((one) => one.scope === scope);
      return same.toSorted((one, other) => other.version - one.version).slice(0, 1);
    });
  }

  #own(type: string, at: Position): Config[] {
    const line = this.#lines.get(this.idOf(type) ?? '');
    const turn = line && turnsAt(line, at.seq).findLast((one) => one.from <= at.ms);
    if (!line || !turn || turn.archived) return [];
    const found = line.versions.find((one) => one.config.version === turn.version);
    return found ? [{ ...found.config, effective_at: turn.effective_at }] : [];
  }
}

interface FactData {
  /** Without a time of its own, it is in force from when it was recorded. */
  readonly config?: Omit<Config, 'effective_at'> & { readonly effective_at?: string };
  readonly configs?: readonly Config[];
  readonly config_id?: string;
  readonly config_version?: number;
  readonly effective_at?: string;
}

function toEffective(type: string, layers: readonly Config[]): EffectiveConfig | undefined {
  const narrowest = layers.at(-1);
  if (!narrowest) return undefined;
  const { id, version, scope } = narrowest;
  const scopes = layers.map((one) => one.settings);
  const settings = combineSettings(type, scopes);
  const sources = layers.map(originOf);
  return { object: 'effective_config', type, id, version, scope, settings, sources };
}

function originOf({ id, version, scope, effective_at }: Config): ConfigOrigin {
  return { id, version, scope, effective_at };
}

/** The turns that a position at `seq` knows of, without those moved to another time. */
function turnsAt(line: Line, seq: number): Turn[] {
  return line.turns.filter(({ seq: from, movedBy }) => from <= seq && !(movedBy && movedBy <= seq));
}

/** A version with the state and times that later facts gave it. */
function view(line: Line, config: Config, seq: number): Config {
  const turns = turnsAt(line, seq);
  const begun = turns.findLastIndex((one) => one.version === config.version && !one.archived);
  const ended = turns.findLastIndex((one) => one.version === config.version && one.archived);
  const turn = turns[begun];
  const state = ended > begun ? 'archived' : turn ? 'active' : 'draft';
  if (!turn) return { ...config, state };
  const next = turns.slice(begun + 1).toSorted((one, other) => one.from - other.from)[0];
  const superseded = next ? { superseded_at: next.effective_at } : {};
  return { ...config, state, effective_at: turn.effective_at, ...superseded };
}

/** Without those that are over by `ms`. */
export function unexpired(configs: readonly Config[], ms: number): Config[] {
  return configs.filter((one) => end(one) > ms);
}

function start({ effective_at }: Config): number {
  return Date.parse(effective_at);
}

function end({ superseded_at }: Config): number {
  return superseded_at === undefined ? Infinity : Date.parse(superseded_at);
}

function covers({ since, until }: Kept, { seq, ms }: Position): boolean {
  return seq >= since.seq && seq < until.seq && ms >= since.ms && ms < until.ms;
}
