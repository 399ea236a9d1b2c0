// Where a place in bundled code comes from, by the source map that the bundle carries in its last line.
// Pure. The map was made by whoever uploaded the code: at fault it counts as none.
import * as z from 'zod';

const COMMENT = /\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)\s*$/u;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUE_OF = new Map(DIGITS.split('').map((digit, value) => [digit, value]));
const MAX_SOURCE_LENGTH = 256;

const mapSchema = z.object({
  version: z.literal(3),
  sources: z.array(z.string().max(MAX_SOURCE_LENGTH)),
  mappings: z.string(),
});

/** Counted from 1, as stacks have it. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface SourcePlace extends Place {
  readonly source: string;
}

/** One that is known: from column `column` (from 0) of its line on. */
interface Segment extends SourcePlace {
  readonly from: number;
}

export class SourceMap {
  readonly #lines: readonly (readonly Segment[])[];

  private constructor(lines: readonly (readonly Segment[])[]) {
    this.#lines = lines;
  }

  /** Of the module's text; `undefined` when it has none. */
  static of(content: string): SourceMap | undefined {
    const [, data] = COMMENT.exec(content) ?? [];
    if (data === undefined) return undefined;
    try {
      const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
      const parsed = mapSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
      return new SourceMap(decode(parsed.mappings, parsed.sources));
    } catch {
      return undefined;
    }
  }

  placeOf({ line, column }: Place): SourcePlace | undefined {
    const segments = this.#lines[line - 1] ?? [];
    const after = segments.findIndex(({ from }) => from > column - 1);
    const found = segments.at(after === -1 ? -1 : after - 1);
    return after === 0 ? undefined : found;
  }
}

/** Lines are parted by `;`, segments by `,`; numbers but for the column go on over lines. */
function decode(mappings: string, sources: readonly string[]): Segment[][] {
  let [source, line, column] = [0, 0, 0];
  return mappings.split(';').map((text) => {
    let from = 0;
    return text.split(',').flatMap((segment) => {
      const [by = 0, sourceBy, lineBy = 0, columnBy = 0] = numbersIn(segment);
      from += by;
      // Code that the bundler wrote comes from nowhere.
      if (sourceBy === undefined) return [];
      [source, line, column] = [source + sourceBy, line + lineBy, column + columnBy];
      const name = sources[source];
      return name === undefined ? [] : [{ from, source: name, line: line + 1, column: column + 1 }];
    });
  });
}

/** Base64 digits of five bits and one that says that more follow; the lowest bit is the sign. */
function numbersIn(segment: string): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const bits = VALUE_OF.get(digit) ?? 0;
    value += (bits & 31) * 2 ** shift;
    shift += 5;
    if (bits >= 32) continue;
    numbers.push(value % 2 === 1 ? -Math.floor(value / 2) : value / 2);
    [value, shift] = [0, 0];
  }
  return numbers;
}
