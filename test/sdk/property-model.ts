// What a ledger of the property test should be: a list of effects, the versions of a few Configs,
// and the answer of each key. It knows of no storage, no cache and no clock.
import type { JsonObject, Lifecycle } from '@z0-app/sdk';

export const LIFECYCLES = ['active', 'retiring', 'retired', 'anonymized', 'deleted'] as const;
/** Keys from here on stand for none. */
export const KEYS = 24;

export interface Rule {
  readonly name: string;
  readonly cap: number;
  readonly severity: 'error' | 'warning';
}

/** Settings, in short: the limit, or the rules. */
export type Content = number | readonly Rule[];
export type ConfigType = 'limit' | 'invariants';
export type PutState = 'active' | 'draft' | 'archived';

export type Put = { type: ConfigType; content: Content; state: PutState };
export type Write =
  | { kind: 'append' | 'batch'; by: readonly number[]; noted: boolean }
  | { kind: 'bulk' }
  | { kind: 'broken' | 'system' }
  | { kind: 'patch'; to: number }
  | { kind: 'move'; to: Lifecycle }
  | ({ kind: 'put' } & Put);

export const BULK = 1000;

/** What the ledger writes by itself. */
const NOTES = ['system/', 'config/inherited'];

/** A fact, as far as it matters: `line` says what it is, whose, and by which Config. */
export interface Effect {
  readonly line: string;
  readonly by?: number | undefined;
  readonly note?: string | undefined;
  readonly email?: string | undefined;
  /** In force when it was accepted. */
  readonly limit?: number | undefined;
}

type InForce = { version: number; content: Content; since: string } | undefined;

/** The versions of one Config; `since` is when the one in force came into it, as it was answered. */
export class Versions {
  readonly #all: { readonly content: string; state: PutState }[] = [];
  #inForce: InForce;

  get inForce(): InForce {
    return this.#inForce;
  }

  get states(): string[] {
    return this.#all.map(({ state }) => state);
  }

  /** A code, or the subtype of the config fact; undefined when nothing changes. */
  put({ content, state }: Put, isWidened: boolean): { code?: string; fact?: string } {
    const latest = this.#all.at(-1);
    if (state === 'archived') {
      if (!latest) return { code: 'not_found' };
      if (latest.state === 'archived') return {};
      latest.state = 'archived';
      this.#inForce = undefined;
      return { fact: 'archived' };
    }
    const text = JSON.stringify(content);
    const same = latest?.content === text ? latest : undefined;
    if (same && (same.state === state || (state === 'draft' && same.state === 'active'))) return {};
    if (same && state === 'draft') return { code: 'conflict' };
    if (isWidened) return { code: 'config_widened' };
    if (same) same.state = 'active';
    else this.#all.push({ content: text, state });
    if (state === 'active') this.#inForce = { version: this.#all.length, content, since: '' };
    return { fact: same ? 'activated' : 'versioned' };
  }

  /** The time that the server gave it. */
  began(at: string): void {
    if (this.#inForce) this.#inForce.since ||= at;
  }
}

type Configs = Record<ConfigType, InForce>;

export class Model {
  readonly effects: Effect[];
  readonly own = { limit: new Versions(), invariants: new Versions() };
  readonly tenant = { limit: new Versions(), invariants: new Versions() };
  readonly #answers = new Map<string, { readonly asked: string; readonly answer: string }>();
  readonly #canary: string;
  /** What the tenant said last. */
  #heard: Configs = { limit: undefined, invariants: undefined };
  lifecycle: Lifecycle = 'active';

  /** `canary` is the personal text; `effects[0]` creates the entity. */
  constructor(canary: string) {
    this.#canary = canary;
    this.effects = [{ line: 'lifecycle/created', email: canary }];
  }

  get isShredded(): boolean {
    return this.lifecycle === 'anonymized' || this.lifecycle === 'deleted';
  }

  /** Every write, and a question for what is in force, first hears what the tenant says. */
  hear(): void {
    if (this.lifecycle !== 'active') return;
    const { limit, invariants } = this.tenant;
    const said: Configs = { limit: limit.inForce, invariants: invariants.inForce };
    if (JSON.stringify(said) === JSON.stringify(this.#heard)) return;
    this.#heard = structuredClone(said);
    this.effects.push({ line: 'config/inherited' });
  }

  /** What a write answers: `ok` and what it wrote, or the code of its refusal. */
  answer(step: Write & { key: number }, version: number | undefined): string {
    this.hear();
    const { key, ...payload } = step;
    // Archiving says no settings.
    const isArchive = payload.kind === 'put' && payload.state === 'archived';
    const asked = JSON.stringify([version, isArchive ? { ...payload, content: [] } : payload]);
    const id = `${step.kind}:${key}`;
    const before = key < KEYS ? this.#answers.get(id) : undefined;
    if (before) return before.asked === asked ? before.answer : 'idempotency_key_reused';
    const isStale = version !== undefined && !this.#isCurrent(version);
    const answer = isStale ? 'version_mismatch' : this.#decide(step, id);
    if (key < KEYS) this.#answers.set(id, { asked, answer });
    return answer;
  }

  /** State after `seq`; what is personal is null once it is gone. */
  stateAt(seq: number, isShredded = this.isShredded): string {
    const prefix = this.effects.slice(0, seq);
    const text = (name: 'note' | 'email'): string | null | undefined => {
      const last = prefix.findLast((one) => one[name] !== undefined)?.[name];
      return last !== undefined && isShredded ? null : last;
    };
    const added = prefix.filter((one) => one.by !== undefined);
    const Total = added.length > 0 ? { total: totalOf(added) } : undefined;
    return JSON.stringify({ Email: text('email'), Note: text('note'), Total });
  }

  /** `verify` names each fact whose handler throws: no state follows from it. */
  faults(): string[] {
    return this.effects.flatMap(({ line }, at) =>
      line.startsWith('broken ') ? [`state_drift@${at + 1}`] : [],
    );
  }

  /** `id@version` and value of the limit in force, for the entity. */
  limit(): { cites: string; limit: number } | undefined {
    const own = this.own.limit.inForce;
    const above = this.#heard.limit;
    const narrowest = own ?? above;
    if (!narrowest) return undefined;
    const limit = Math.min(Number(own?.content ?? Infinity), Number(above?.content ?? Infinity));
    return { cites: `${own ? 'cfg_limit' : 'cfg_tenant_limit'}@${narrowest.version}`, limit };
  }

  #decide(step: Write, id: string): string {
    if (step.kind === 'move') return this.#move(step.to, id);
    const isOpen =
      this.lifecycle === 'active' || (step.kind === 'system' && this.lifecycle === 'retiring');
    if (!isOpen) return 'lifecycle_conflict';
    switch (step.kind) {
      case 'system':
        return this.#write(step.kind, [{ line: `system/noted ${id}` }]);
      case 'broken':
        return this.#write(step.kind, [
          { line: `broken ${id}` },
          { line: `system/hook_error ${id}` },
        ]);
      case 'patch':
        return this.#write(step.kind, [
          { line: `lifecycle/updated ${id}`, email: emailOf(this.#canary, step.to) },
        ]);
      case 'put':
        return this.#put(step, id);
      case 'bulk':
        return this.#add(step.kind, Array<number>(BULK).fill(0), undefined, id);
      case 'append':
      case 'batch':
        return this.#add(step.kind, step.by, step.noted ? this.#canary : undefined, id);
    }
  }

  /** Nothing but the ledger's own notes came after `version`; it looks at 16 of them at most. */
  #isCurrent(version: number): boolean {
    const since = this.effects.slice(version);
    const isNote = ({ line }: Effect): boolean => NOTES.some((one) => line.startsWith(one));
    return version <= this.effects.length && since.length <= 16 && since.every(isNote);
  }

  #move(to: Lifecycle, id: string): string {
    const next = LIFECYCLES.indexOf(this.lifecycle) + 1;
    if (LIFECYCLES.indexOf(to) !== next) return 'lifecycle_conflict';
    this.lifecycle = to;
    if (to === 'anonymized') this.#answers.clear();
    return this.#write('move', [{ line: `lifecycle/transitioned ${id}` }]);
  }

  #add(
    kind: 'append' | 'batch' | 'bulk',
    all: readonly number[],
    note: string | undefined,
    id: string,
  ): string {
    const limit = this.limit();
    const rules = this.#rules();
    const cites = limit?.cites ?? rules.cites;
    const added: Effect[] = [];
    const warnings: Effect[] = [];
    let total = totalOf(this.effects);
    for (const by of all) {
      total += by;
      if (limit && total > limit.limit) return 'invariant_violated';
      const broken = rules.all.filter(({ cap }) => by > cap);
      if (broken.some(({ severity }) => severity === 'error')) return 'invariant_violated';
      for (const _ of broken) warnings.push({ line: `system/invariant_warning ${id}` });
      const line = `add ${id}${cites ? ` ${cites}` : ''}`;
      added.push({ line, by, note, limit: limit?.limit });
    }
    return this.#write(kind, added, warnings);
  }

  #rules(): { all: readonly Rule[]; cites: string } {
    const own = this.own.invariants.inForce;
    const above = this.#heard.invariants;
    const inherited = rulesOf(above);
    const isNew = ({ name }: Rule): boolean => inherited.every((one) => one.name !== name);
    const all = [...inherited, ...rulesOf(own).filter(isNew)];
    const id = own ? 'cfg_invariants' : 'cfg_tenant_invariants';
    return { all, cites: all.length > 0 ? `${id}@${(own ?? above)?.version}` : '' };
  }

  #put(step: Put, id: string): string {
    const { code, fact } = this.own[step.type].put(step, this.#isWider(step.content));
    if (fact) this.effects.push({ line: `config/${fact} ${id}` });
    return code ?? 'ok';
  }

  #isWider(content: Content): boolean {
    if (typeof content === 'number') {
      return content > Number(this.#heard.limit?.content ?? Infinity);
    }
    const inherited = rulesOf(this.#heard.invariants);
    return content.some((rule) => {
      const above = inherited.find(({ name }) => name === rule.name);
      return above !== undefined && JSON.stringify(above) !== JSON.stringify(rule);
    });
  }

  /** Answers with the positions of what was asked for; of an entity with its version. */
  #write(kind: Write['kind'], asked: Effect[], after: Effect[] = []): string {
    const from = this.effects.length + 1;
    this.effects.push(...asked, ...after);
    if (kind === 'patch' || kind === 'move') return `ok ${this.effects.length}`;
    const to = kind === 'broken' ? from : from + asked.length - 1;
    return from === to ? `ok ${from}` : `ok ${from}-${to}`;
  }
}

/** The settings that `content` stands for. */
export function settingsOf(content: Content, isTenant: boolean): JsonObject {
  if (typeof content === 'number') {
    return { limit: content, ...(isTenant ? { constraints: { limit: 'at_most' } } : {}) };
  }
  const rules = content.map(({ name, cap, severity }) => ({
    name,
    severity,
    applies_to: { type: 'add' },
    expression: { left: { fact: '/data/by' }, op: '<=', right: cap },
  }));
  return { rules };
}

export function emailOf(canary: string, to: number): string {
  return `${to}@${canary}`;
}

export function totalOf(effects: readonly Effect[]): number {
  return effects.reduce((sum, { by = 0 }) => sum + by, 0);
}

function rulesOf(inForce: InForce): readonly Rule[] {
  return typeof inForce?.content === 'object' ? inForce.content : [];
}
