// Cached state being changed: values staged over a base, kept or dropped fact by fact. Pure; what
// it holds is JSON text, so that no caller can change a value it has given away.
import { LedgerError } from './errors.ts';
import { exceedsBytes } from './fact-input.ts';
import { canonicalJson } from './json.ts';
import type { ConfigReader } from './ledger-configs.ts';

/** Bytes of one cached value as JSON. */
export const MAX_STATE_BYTES = 1024 * 1024;

export class StateOverlay {
  readonly #base: (name: string) => string | undefined;
  readonly #kept: Map<string, string>;
  readonly #pending = new Map<string, string>();
  /** Supposed Configs, which a what-if replay goes by; else the ledger's own. */
  readonly configs: ConfigReader | undefined;

  /** `base` gives the value below; a replay starts over nothing, or with `kept` from a snapshot. */
  constructor(
    base: (name: string) => string | undefined = () => undefined,
    kept: ReadonlyMap<string, string> = new Map(),
    configs?: ConfigReader,
  ) {
    this.configs = configs;
    this.#base = base;
    this.#kept = new Map(kept);
  }

  read(name: string): string | undefined {
    return this.#pending.get(name) ?? this.#kept.get(name) ?? this.#base(name);
  }

  /** Errors: `payload_too_large`; a TypeError for what is not plain JSON. */
  set(name: string, value: unknown): void {
    const text = canonicalJson(value);
    if (exceedsBytes(text, MAX_STATE_BYTES)) {
      const detail = `The cached value exceeds ${MAX_STATE_BYTES} bytes.`;
      throw new LedgerError({ code: 'payload_too_large', detail });
    }
    this.#pending.set(name, text);
  }

  /** The fact was applied. */
  keep(): void {
    if (this.#pending.size === 0) return;
    for (const [name, text] of this.#pending) this.#kept.set(name, text);
    this.#pending.clear();
  }

  /** The fact's handler threw. */
  drop(): void {
    this.#pending.clear();
  }

  kept(): ReadonlyMap<string, string> {
    return this.#kept;
  }
}
