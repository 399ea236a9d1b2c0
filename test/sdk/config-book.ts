// A ledger's Configs without a ledger: a list of facts, and a hand on the clock.
import { CircuitBreaker } from '../../sdk/src/circuit-breaker.ts';
import type { Config, ConfigInput, ConfigScope, Position } from '../../sdk/src/config.ts';
import { ConfigManager, type ConfigsOptions } from '../../sdk/src/config-manager.ts';
import type { Entity } from '../../sdk/src/entity.ts';
import type { Fact, FactDraft } from '../../sdk/src/fact.ts';
import type { Outcome } from '../../sdk/src/outcome.ts';

export const DAY = Date.parse('2026-01-01T00:00:00.000Z');
export const time = (ms: number): string => new Date(DAY + ms).toISOString();
export const noState = { get: () => undefined };
const noFacts = { byId: () => undefined };

export const entity: Entity = {
  id: 'acct_1',
  type: 'account',
  tenant_id: 'acme',
  lifecycle: 'active',
  version: 1,
  metadata: {},
  data: {},
  created_at: time(0),
  updated_at: time(0),
};

export function factOf(draft: FactDraft, seq: number, ms: number): Fact {
  const known = { id: `fct_${seq}`, seq, tenant_id: 'acme', entity_id: 'acct_1' };
  const times = { timestamp: time(ms), recorded_at: time(ms) };
  return { ...draft, ...known, ...times, schema_version: 1, hash: '', prev_hash: '' };
}

/** Facts, a clock, and the Configs over them; `ms` counts from `DAY`. */
export class Book {
  readonly facts: Fact[] = [];
  ms = 0;
  entity: Entity | undefined = entity;
  readonly configs: ConfigManager;

  constructor(options: ConfigsOptions = {}) {
    const now = (): Position => ({ seq: this.facts.length, ms: DAY + this.ms });
    const breaker = new CircuitBreaker('configs');
    const kv = { get: () => undefined, put: () => undefined };
    const host = { facts: () => this.facts, now, entity: () => this.entity, breaker, kv };
    this.configs = new ConfigManager(host, options);
  }

  append(drafts: readonly FactDraft[]): Fact[] {
    const added = drafts.map((draft, at) => factOf(draft, this.facts.length + at + 1, this.ms));
    this.facts.push(...added);
    this.configs.adopt(added);
    return added;
  }

  put(input: ConfigInput): Outcome<Config> & { written?: number } {
    const operation = this.configs.put(input);
    if (!operation.ok) return operation;
    const decided = operation.value.decide(this.entity, noFacts);
    if (!decided.ok) return decided;
    const { answer } = operation.value;
    if (answer.kind !== 'facts') throw new Error('a Config is made of facts');
    const value = answer.of(this.append(decided.value));
    return { ok: true, value, written: decided.value.length };
  }

  async refresh(): Promise<number> {
    const draft = await this.configs.refresh();
    return draft ? this.append([draft]).length : 0;
  }
}

export const pricing = (fee: number, more: Partial<ConfigInput> = {}): ConfigInput => {
  return { id: 'cfg_pricing', type: 'pricing', settings: { fee }, ...more };
};

export function config(
  scope: ConfigScope,
  settings: Config['settings'],
  more: Partial<Config> = {},
): Config {
  const about = { id: `cfg_${scope}`, tenant_id: 'acme', scope, type: 'pricing', name: scope };
  return { ...about, version: 1, settings, state: 'active', effective_at: time(0), ...more };
}
