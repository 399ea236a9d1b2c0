// Judges facts by the rules of a Config of type `invariants`, compiled once each. It holds no Config
// and decides nothing about which one is in force.
import type { EffectiveConfig } from './config.ts';
import { appliesTo, type CompiledRule, compileRules, judgeRules } from './config-rules.ts';
import type { Fact } from './fact.ts';
import type { StateReader } from './invariant.ts';
import type { ConfigReference, Judgement } from './ledger-configs.ts';

export class ConfigJudge {
  readonly #rules = new WeakMap<EffectiveConfig, CompiledRule[]>();

  /** `config`, when a rule of it applies to such a fact. */
  governing(
    config: EffectiveConfig | undefined,
    fact: { type: string; subtype?: string },
  ): ConfigReference | undefined {
    if (!config || !this.#compiled(config).some(({ rule }) => appliesTo(rule, fact)))
      return undefined;
    return { id: config.id, version: config.version };
  }

  judge(config: EffectiveConfig | undefined, fact: Fact, state: StateReader): Judgement {
    const reference = this.governing(config, fact);
    if (!config || !reference) return { warnings: [] };
    return { ...judgeRules(this.#compiled(config), fact, state), config: reference };
  }

  #compiled(config: EffectiveConfig): CompiledRule[] {
    const compiled = this.#rules.get(config) ?? compileRules(config.settings);
    this.#rules.set(config, compiled);
    return compiled;
  }
}
