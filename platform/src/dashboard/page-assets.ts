// The style sheet and the script of every page, and the addresses that change with their content, so
// that a browser may keep them for good. Both are public: they hold no data.
import { LIBRARY_STYLE, SCRIPT, SCRIPT_HASH } from '../../dist/islands.js';
import { STYLE } from './style.ts';

const STYLE_SHEET = `${LIBRARY_STYLE}\n${STYLE}`;
const STYLE_HASH = hashOf(STYLE_SHEET);

export const STYLE_URL = `/dashboard/style.css?v=${STYLE_HASH}`;
export const SCRIPT_URL = `/dashboard/islands.js?v=${SCRIPT_HASH}`;

export interface PageAsset {
  readonly path: string;
  readonly version: string;
  readonly type: string;
  readonly text: string;
}

export const PAGE_ASSETS: readonly PageAsset[] = [
  {
    path: '/dashboard/style.css',
    version: STYLE_HASH,
    type: 'text/css; charset=utf-8',
    text: STYLE_SHEET,
  },
  {
    path: '/dashboard/islands.js',
    version: SCRIPT_HASH,
    type: 'text/javascript; charset=utf-8',
    text: SCRIPT,
  },
];

/** FNV-1a: tells one style sheet from the next at once; nothing depends on nobody forging it. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16);
}
