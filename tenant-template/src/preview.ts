// The preview form of a tenant's ledgers: copies of its entities, replayed under the code at hand. No
// alarm rings in it, and only the platform asks it anything.
import { EntityLedger } from '@z0-app/sdk';
import { PreviewCopy } from './preview-copy.ts';
import { wordsOf } from './preview-tally.ts';
import { kindOfId, serveLedgers } from './registry.ts';

type LedgerClass = new (ctx: DurableObjectState, env: unknown) => EntityLedger;
type Exports = Readonly<Record<string, unknown>>;

/** `Base` for copies in a preview: asked by `POST …/facts` with facts, then by `POST …/replay`. */
export function previewed(Base: LedgerClass): LedgerClass {
  return class extends Base {
    readonly #copy: PreviewCopy;

    constructor(ctx: DurableObjectState, env: unknown) {
      super(ctx, env);
      this.#copy = new PreviewCopy({
        ledger: this,
        storage: ctx.storage,
        cache: this.cachedStateManager,
        applyFact: this.updateCachedState.bind(this),
        invariants: () => this.invariants(),
        hooks: () => this.hooks(),
        forwards: (fact) => this.forwards(fact),
        onChildFact: async (childId, fact) => this.onChildFact(childId, fact),
        hears: this.onChildFact !== Reflect.get(EntityLedger.prototype, 'onChildFact'),
        copyOf: (id) => copyOf(env, id),
      });
    }

    override async fetch(request: Request): Promise<Response> {
      return this.#copy.answer(request);
    }

    /** Whatever set one; an alarm would tell of the copy. */
    override async alarm(): Promise<void> {}
  };
}

/** `Base`, a class that serves no entity: it may be called by the copies, and tells nobody. */
export function quiet(Base: new (ctx: DurableObjectState, env: unknown) => object) {
  return class extends Base {
    async alarm(): Promise<void> {}
  };
}

/** The preview's default export. `classes`: those that serve entities, by name. */
export function servePreview(classes: Exports): {
  fetch(request: Request, env: unknown): Promise<Response>;
} {
  serveLedgers(classes);
  return {
    async fetch(request, env) {
      const [, id = ''] = /^\/copies\/([^/]+)\//.exec(new URL(request.url).pathname) ?? [];
      const copy = copyOf(env, id);
      if (!copy) return new Response(null, { status: 404 });
      try {
        return await copy.fetch(request);
      } catch (error) {
        return Response.json({ error: wordsOf(error).slice(0, 500) }, { status: 422 });
      }
    },
  };
}

/** The copy of the entity `id`; `undefined` when no class of this code serves it. */
function copyOf(env: unknown, id: string): DurableObjectStub | undefined {
  const kind = kindOfId(id);
  if (!kind) return undefined;
  // Edge: binding names are derived from class names, as the upload had them.
  const bindings = env as Readonly<Record<string, DurableObjectNamespace | undefined>>;
  return bindings[kind.binding]?.getByName(`${kind.type}_${id}`);
}
