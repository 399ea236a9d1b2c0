// One replay of a copied history under a ledger's own code: at each fact's place it asks the
// invariants, applies the fact and runs the hooks. It notes what they do, and lets none of them write.
import type { Fact, FactInput, Hook, Invariant } from '@z0-app/sdk';
import { LedgerError, newId } from '@z0-app/sdk';
import { type Tallied, Tally, toldAppend, wordsOf } from './preview-tally.ts';

/** The custom code of one ledger, as the replay runs it. */
export interface ReplayedCode {
  readonly invariants: () => readonly Invariant[];
  readonly hooks: () => readonly Hook[];
  readonly applyFact: (fact: Fact) => void | Promise<void>;
  readonly onChildFact: (childId: string, fact: Fact) => Promise<void>;
  /** Facts of children, in the order in which they were recorded; none for code that hears of none. */
  readonly children: { next(): ChildFact | undefined };
  /** State at the fact at hand. */
  readonly state: Parameters<Invariant['check']>[1];
}

export interface ChildFact {
  readonly child_id: string;
  readonly fact: Fact;
}

export interface Replayed {
  readonly facts: number;
  /** Facts that an invariant would have refused at their place. */
  readonly broken: Tallied;
  /** Handlers, hooks and invariants that threw. */
  readonly threw: Tallied;
  /** What hooks would have appended. */
  readonly appended: Tallied;
  /** A hook took too long; from there on none was run. */
  readonly hooks_cut: boolean;
}

const HOOK_LIMIT_MS = 1_000;
const TOO_LONG = `It took longer than ${HOOK_LIMIT_MS} ms; none was run from there on.`;
/** Written by the ledger about itself: no rule of the tenant's was ever asked about them. */
const NEVER_JUDGED: readonly string[] = ['system', 'sdk'];

export class PreviewReplay {
  readonly #code: ReplayedCode;
  readonly #isSlow: boolean;
  readonly #broken = new Tally();
  readonly #threw = new Tally();
  readonly #appended = new Tally();
  #facts = 0;
  #seq = 0;
  #back: (() => void) | undefined;
  #hooksCut = false;
  #nextChild: ChildFact | undefined;
  /** Whether the code that runs now may change cached state. */
  mayChange = false;

  constructor(code: ReplayedCode) {
    this.#code = code;
    this.#nextChild = this.#takeChild();
    this.#isSlow = this.#nextChild !== undefined || this.#hooks().length > 0;
  }

  /** In the place of the ledger's own `updateCachedState`; throws what that throws. */
  step(fact: Fact): void | Promise<void> {
    this.#begin(fact);
    // What is asynchronous is so from the first fact on: one that turned so later is run twice.
    if (this.#isSlow) return this.#slowly(fact);
    this.#judge(fact);
    const running = this.#apply(fact);
    if (running instanceof Promise) return running.then((outcome) => this.#settle(outcome));
    return this.#settle(running);
  }

  /** After the last fact: what children said since. */
  async end(): Promise<void> {
    while (this.#nextChild !== undefined) await this.#heed();
  }

  async #slowly(fact: Fact): Promise<void> {
    while (this.#isDue(fact)) await this.#heed();
    this.#judge(fact);
    const outcome = await this.#apply(fact);
    await this.#runHooks(fact);
    this.#settle(outcome);
  }

  /** Whether a child had said something before `fact`. */
  #isDue({ recorded_at }: Fact): boolean {
    const at = this.#nextChild?.fact.recorded_at;
    return at !== undefined && Date.parse(at) <= Date.parse(recorded_at);
  }

  async #heed(): Promise<void> {
    const next = this.#nextChild;
    this.#nextChild = this.#takeChild();
    if (next === undefined) return;
    const { child_id, fact } = next;
    try {
      if (await inTime(this.#code.onChildFact(child_id, fact))) return;
      this.#nextChild = undefined;
      throw new TypeError(TOO_LONG);
    } catch (error) {
      this.#threw.add({ seq: this.#seq, where: 'onChildFact', detail: wordsOf(error) });
    }
  }

  #takeChild(): ChildFact | undefined {
    return this.#code.children.next();
  }

  /** In the place of every way to write. */
  append(input: FactInput): Fact {
    this.#appended.add(toldAppend(this.#seq, input));
    const now = new Date().toISOString();
    return {
      ...input,
      id: newId('fct'),
      seq: this.#seq + 1,
      tenant_id: 'preview',
      entity_id: 'preview',
      timestamp: input.timestamp ?? now,
      recorded_at: now,
      schema_version: 1,
      data: input.data ?? {},
      hash: '',
      prev_hash: '',
    };
  }

  result(): Replayed {
    return {
      facts: this.#facts,
      broken: this.#broken.tallied(),
      threw: this.#threw.tallied(),
      appended: this.#appended.tallied(),
      hooks_cut: this.#hooksCut,
    };
  }

  /** A handler found to be asynchronous is run again over its fact: what it did before is undone. */
  #begin({ seq }: Fact): void {
    if (seq === this.#seq) this.#back?.();
    else this.#facts += 1;
    this.#seq = seq;
    const marks = [this.#broken.mark(), this.#threw.mark(), this.#appended.mark()];
    this.#back = () => marks.forEach((mark) => mark());
  }

  #judge(fact: Fact): void {
    if (NEVER_JUDGED.includes(fact.type)) return;
    const { seq } = fact;
    let where = 'invariants';
    try {
      for (const { name, check } of this.#code.invariants()) {
        where = name;
        const found = check(fact, this.#code.state);
        if (found === undefined) continue;
        const detail = typeof found === 'string' ? found : found.detail;
        // One that refuses keeps the others from being asked, as it does at a write.
        return this.#broken.add({ seq, where: name, detail });
      }
    } catch (error) {
      this.#threw.add({ seq, where, detail: wordsOf(error) });
    }
  }

  /** What the handler threw, or its promise. */
  #apply(fact: Fact): unknown {
    this.mayChange = true;
    try {
      const running = this.#code.applyFact(fact);
      if (running instanceof Promise) return this.#applied(running);
    } catch (error) {
      this.mayChange = false;
      return this.#failed(error);
    }
    this.mayChange = false;
    return undefined;
  }

  async #applied(running: Promise<void>): Promise<unknown> {
    try {
      await running;
      return undefined;
    } catch (error) {
      return this.#failed(error);
    } finally {
      this.mayChange = false;
    }
  }

  #failed(error: unknown): Failure {
    this.#threw.add({ seq: this.#seq, where: 'updateCachedState', detail: wordsOf(error) });
    return new Failure(error);
  }

  /** The ledger hears of a failed handler, and drops what it staged. */
  #settle(outcome: unknown): void {
    if (outcome instanceof Failure) throw outcome.error;
  }

  async #runHooks(fact: Fact): Promise<void> {
    if (fact.type === 'system' || this.#hooksCut) return;
    const { seq } = fact;
    for (const { name, run } of this.#hooks()) {
      try {
        if (await inTime(run(fact))) continue;
        this.#hooksCut = true;
        return this.#threw.add({ seq, where: name, detail: TOO_LONG });
      } catch (error) {
        this.#threw.add({ seq, where: name, detail: wordsOf(error) });
      }
    }
  }

  #hooks(): readonly Hook[] {
    try {
      return this.#code.hooks();
    } catch (error) {
      this.#threw.add({ seq: this.#seq, where: 'hooks', detail: wordsOf(error) });
      return [];
    }
  }
}

/** What a handler threw, told apart from what one may return. */
class Failure {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** Whether `running` is done within the limit. A timer costs more than most hooks take. */
async function inTime(running: void | Promise<void>): Promise<boolean> {
  if (!(running instanceof Promise)) return true;
  let done = false;
  const end = running.finally(() => {
    done = true;
  });
  end.catch(() => undefined);
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
  if (!done) await Promise.race([end, scheduler.wait(HOOK_LIMIT_MS)]);
  if (done) await end;
  return done;
}

/** What a ledger in a preview answers to each other way of writing. */
export function nothingWritten(): LedgerError {
  return new LedgerError({ code: 'conflict', detail: 'A preview writes nothing.' });
}
