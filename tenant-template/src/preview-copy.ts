// The copy of one entity in a preview: its history goes in, is replayed under the ledger's own code, and
// what that came to is answered. Whatever would write from now on is noted or refused instead.
import { hash } from 'node:crypto';
import {
  type CachedStateManager,
  EntityLedger,
  type Fact,
  type FactInput,
  type JsonValue,
  LedgerError,
  type Outcome,
} from '@z0-app/sdk';
import { LedgerCopy } from '@z0-app/sdk/ledger-copy';
import { ChildFacts } from './preview-children.ts';
import {
  type ChildFact,
  nothingWritten,
  PreviewReplay,
  type Replayed,
  type ReplayedCode,
} from './preview-replay.ts';

/** One cached value after the replay; `text` is left out of one that is too large to be shown. */
interface PreviewedValue {
  readonly name: string;
  readonly bytes: number;
  readonly hash: string;
  readonly text?: string;
}

interface PreviewAnswer extends Replayed {
  readonly states: readonly PreviewedValue[];
}

/** A ledger as its copy needs it: what is protected there is handed over by the ledger itself. */
export interface CopiedLedger extends Omit<ReplayedCode, 'children' | 'state'> {
  readonly ledger: EntityLedger;
  readonly storage: DurableObjectStorage;
  readonly cache: CachedStateManager;
  readonly forwards: (fact: Fact) => boolean;
  /** Whether it does anything with what its children append. */
  readonly hears: boolean;
  /** The copy of another entity; `undefined` when no class serves it. */
  readonly copyOf: (id: string) => Pick<DurableObjectStub, 'fetch'> | undefined;
}

const MAX_TEXT = 64 * 1024;
const MAX_TEXTS = 512 * 1024;
/** Ways to write that a hook may take, beside `appendFact`. */
const WRITES = [
  'createEntity',
  'patchEntity',
  'changeLifecycle',
  'changeTenant',
  'append',
  'appendBatch',
  'putConfig',
] as const;

export class PreviewCopy {
  readonly #of: CopiedLedger;
  readonly #facts: LedgerCopy;
  readonly #children: ChildFacts;
  #replay: PreviewReplay | undefined;

  constructor(of: CopiedLedger) {
    this.#of = of;
    this.#facts = new LedgerCopy(of.storage);
    this.#children = new ChildFacts(of.storage.sql);
    this.#takeOver();
  }

  async answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname.endsWith('/facts')) {
      // Parse edge: what the platform read from the ledger that these facts are of.
      const facts = await request.json<Fact[]>();
      const head = this.#facts.add(facts);
      await this.#tellParent(searchParams.get('parent'), facts);
      return Response.json({ head });
    }
    if (pathname.endsWith('/children')) {
      // Parse edge: what the copy of a child sent.
      if (this.#of.hears) this.#children.add(await request.json<ChildFact[]>());
      return new Response(null, { status: 204 });
    }
    if (!pathname.endsWith('/replay')) return new Response(null, { status: 404 });
    const answer = await this.#run();
    return answer.ok
      ? Response.json(answer.value)
      : Response.json({ error: answer.error.detail }, { status: 422 });
  }

  async #run(): Promise<Outcome<PreviewAnswer>> {
    const { cache, ledger } = this.#of;
    const replay = new PreviewReplay({
      ...this.#of,
      children: this.#children.all(),
      state: { get: (name) => cache.get(name) },
    });
    this.#replay = replay;
    try {
      // Not what the tenant's code may have put in its place.
      const rebuilt = await EntityLedger.prototype.reconstructState.call(ledger);
      if (!rebuilt.ok) return rebuilt;
      await replay.end();
      return { ok: true, value: { ...replay.result(), states: valuesOf(rebuilt.value.state) } };
    } finally {
      this.#replay = undefined;
    }
  }

  /** To the parent's copy, what the ledger would send to its parent. */
  async #tellParent(parentId: string | null, facts: readonly Fact[]): Promise<void> {
    const { copyOf, forwards } = this.#of;
    const parent = parentId === null ? undefined : copyOf(parentId);
    const heard = facts.filter((fact) => forwards(fact));
    if (!parent || heard.length === 0) return;
    const body = JSON.stringify(heard.map((fact) => ({ child_id: fact.entity_id, fact })));
    await parent.fetch('https://preview.invalid/copies/parent/children', { method: 'POST', body });
  }

  /** On the object itself, so that it holds for methods and for fields alike. */
  #takeOver(): void {
    const { ledger, cache, applyFact } = this.#of;
    replace(ledger, 'updateCachedState', (fact: Fact) => {
      return this.#replay ? this.#replay.step(fact) : applyFact(fact);
    });
    replace(ledger, 'appendFact', async (input: FactInput) => {
      if (!this.#replay) throw nothingWritten();
      return this.#replay.append(input);
    });
    for (const name of WRITES) {
      replace(ledger, name, async () => ({ ok: false, error: nothingWritten().data }));
    }
    const set = cache.set.bind(cache);
    // Invariants and hooks run within the turn of `updateCachedState` here, which alone may set.
    replace(cache, 'set', (name: string, value: unknown) => {
      if (this.#replay?.mayChange === false) {
        const detail = 'Cached state changes only while a fact is applied.';
        throw new LedgerError({ code: 'conflict', detail });
      }
      set(name, value);
    });
  }
}

function replace(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value });
}

function valuesOf(state: Readonly<Record<string, JsonValue | undefined>>): PreviewedValue[] {
  let room = MAX_TEXTS;
  return Object.entries(state).map(([name, value]) => {
    const text = JSON.stringify(value ?? null);
    const isShown = text.length <= MAX_TEXT && text.length <= room;
    if (isShown) room -= text.length;
    const about = { name, bytes: text.length, hash: hash('sha256', text, 'hex') };
    return isShown ? { ...about, text } : about;
  });
}
