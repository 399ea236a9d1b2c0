// What a replay in a preview came across, bounded: the first of each kind, the count of all, and one
// digest over all of it that two replays are compared by. Pure.
import { hash } from 'node:crypto';
import type { FactInput } from '@z0-app/sdk';

/** Something that happened over one fact. `where`: an invariant's or a hook's name, or a handler's. */
export interface Told {
  readonly seq: number;
  readonly where: string;
  readonly detail: string;
}

export interface Tallied {
  readonly count: number;
  /** Over `seq` and `where` of all of them, in their order. */
  readonly digest: string;
  readonly first: readonly Told[];
}

const MAX_FIRST = 50;
const MAX_DETAIL = 300;

export class Tally {
  #count = 0;
  #digest = '';
  #first: Told[] = [];

  add({ seq, where, detail }: Told): void {
    this.#count += 1;
    this.#digest = hash('sha256', JSON.stringify([this.#digest, seq, where]), 'hex');
    if (this.#first.length < MAX_FIRST) {
      this.#first.push({ seq, where, detail: detail.slice(0, MAX_DETAIL).toWellFormed() });
    }
  }

  /** Where it stands, to go back to when the same fact comes again. */
  mark(): () => void {
    const [count, digest, length] = [this.#count, this.#digest, this.#first.length];
    return () => {
      this.#count = count;
      this.#digest = digest;
      this.#first = this.#first.slice(0, length);
    };
  }

  tallied(): Tallied {
    return { count: this.#count, digest: this.#digest, first: this.#first };
  }
}

/** A fact that a hook would append: its type tells where, its data is part of what is compared. */
export function toldAppend(seq: number, { type, subtype, data }: FactInput): Told {
  const name = subtype === undefined ? type : `${type}/${subtype}`;
  const text = JSON.stringify(data ?? {});
  const digest = hash('sha256', text, 'hex').slice(0, 16);
  return { seq, where: `${name} ${digest}`, detail: text };
}

/** What custom code threw, in a sentence. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
