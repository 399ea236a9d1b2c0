// One pass over JSON text before it is parsed: finds nesting that is too deep and duplicate keys,
// which JSON.parse would hide. It never judges syntax; JSON.parse does that afterwards.
import type { ErrorItem } from './errors.ts';
import { pointerTo } from './json-pointer.ts';

interface Frame {
  /** Keys seen so far; absent for an array. */
  readonly keys: Set<string> | undefined;
  key: string;
  index: number;
  /** The next string is a key. */
  expectsKey: boolean;
}

/** The first fault of `text`, or undefined. Uses no recursion: depth 10,000 costs no stack. */
export function scanJson(text: string, maxDepth: number): ErrorItem | undefined {
  const frames: Frame[] = [];
  for (let i = 0; i < text.length; i += 1) {
    const top = frames.at(-1);
    switch (text.charCodeAt(i)) {
      case 0x22: {
        const end = endOfString(text, i);
        if (top?.keys && top.expectsKey) {
          const key = decodeKey(text.slice(i, end));
          if (top.keys.has(key)) return duplicate(pointerOf(frames.slice(0, -1)), key);
          top.keys.add(key);
          top.key = key;
          top.expectsKey = false;
        }
        i = end - 1;
        break;
      }
      case 0x7b:
      case 0x5b: {
        if (frames.length >= maxDepth) return tooDeep(pointerOf(frames), maxDepth);
        const isObject = text.charCodeAt(i) === 0x7b;
        frames.push({
          keys: isObject ? new Set() : undefined,
          key: '',
          index: 0,
          expectsKey: isObject,
        });
        break;
      }
      case 0x7d:
      case 0x5d:
        frames.pop();
        break;
      case 0x2c:
        if (top) {
          top.index += 1;
          top.expectsKey = top.keys !== undefined;
        }
        break;
      default:
    }
  }
  return undefined;
}

/** The position after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return i + 1;
    i += code === 0x5c ? 2 : 1;
  }
  return text.length;
}

function decodeKey(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal;
  }
}

function pointerOf(frames: readonly Frame[]): string {
  return frames.reduce((path, frame) => pointerTo(path, frame.keys ? frame.key : frame.index), '');
}

function duplicate(parent: string, key: string): ErrorItem {
  const detail = 'The key appears twice in the same object.';
  return { pointer: pointerTo(parent, key), code: 'duplicate_key', detail };
}

function tooDeep(pointer: string, maxDepth: number): ErrorItem {
  return { pointer, code: 'too_deep', detail: `Nested deeper than ${maxDepth} levels.` };
}
