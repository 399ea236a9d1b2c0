// What keys do on every page: one table, which the keyboard obeys and the help shows. Keys that are
// typed into a field, or pressed with a modifier, are left alone.
import type { LiveUpdates } from './live-updates.ts';
import { moveRow } from './rows.ts';

export interface Shortcut {
  /** As `KeyboardEvent.key` has it; two with a space between are pressed one after the other. */
  readonly keys: string;
  readonly does: string;
  readonly run: () => void;
}

export interface Controls {
  readonly live: LiveUpdates;
  readonly toggleHelp: () => void;
}

const SEQUENCE_MS = 1_500;
const OFF = 'z0-single-keys-off';

/** In the order of the help. What leads somewhere is read from the navigation of the page. */
export function shortcutsOf({ live, toggleHelp }: Controls): Shortcut[] {
  const places = [...document.querySelectorAll<HTMLAnchorElement>('nav a[data-go]')];
  return [
    { keys: '/', does: 'Search', run: focusSearch },
    { keys: 'j', does: 'Next row', run: () => moveRow(1) },
    { keys: 'k', does: 'Row before', run: () => moveRow(-1) },
    { keys: 'Enter', does: 'Open the row', run: () => undefined },
    { keys: 'Escape', does: 'Close this, or leave a field or row', run: leave },
    { keys: 'l', does: 'Pause live updates, or go on', run: () => toggleLive(live) },
    { keys: 'r', does: 'Refresh', run: () => live.refresh() },
    ...logShortcuts(),
    { keys: '?', does: 'Show or close this help', run: toggleHelp },
    ...places.map((link) => ({
      keys: `g ${link.dataset.go}`,
      does: `Go to ${link.textContent}`,
      run: () => location.assign(link.href),
    })),
  ];
}

/** On the page of a live log its buttons have keys. */
function logShortcuts(): Shortcut[] {
  const press = (name: string) => () => {
    document.querySelector<HTMLElement>(`[data-log=${name}]`)?.click();
  };
  if (document.querySelector('[data-tail]') === null) return [];
  return [
    { keys: 'p', does: 'Pause the log, or go on', run: press('pause') },
    { keys: 'c', does: 'Clear the log', run: press('clear') },
  ];
}

/** To be called once per document. */
export function listenForKeys(controls: Controls): void {
  let before: string | undefined;
  let timer = 0;
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing || hasModifier(event)) return;
    const isTyped = isField(event.target);
    if (event.key !== 'Escape' && (isTyped || areSingleKeysOff())) return;
    const all = shortcutsOf(controls);
    const find = (keys: string) => all.find((shortcut) => shortcut.keys === keys);
    const found = find(`${before} ${event.key}`) ?? find(event.key);
    clearTimeout(timer);
    before = undefined;
    if (document.querySelector('dialog[open]') !== null && found?.keys !== '?') return;
    if (found === undefined && all.some(({ keys }) => keys.startsWith(`${event.key} `))) {
      before = event.key;
      timer = setTimeout(() => {
        before = undefined;
      }, SEQUENCE_MS);
    }
    // Enter stays the browser's: it follows the link that has the focus.
    if (found === undefined || found.keys === 'Enter') return;
    event.preventDefault();
    found.run();
  });
}

/** For whoever speaks to the browser, or types by mistake: keys can be switched off. */
export function areSingleKeysOff(): boolean {
  try {
    return localStorage.getItem(OFF) !== null;
  } catch {
    return false;
  }
}

export function setSingleKeys(on: boolean): void {
  try {
    if (on) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, 'true');
  } catch {
    // A browser that keeps nothing keeps the keys as they are.
  }
}

function hasModifier(event: KeyboardEvent): boolean {
  return event.ctrlKey || event.metaKey || event.altKey;
}

function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches('input, textarea, select');
}

function focusSearch(): void {
  const field = document.querySelector<HTMLInputElement>('main input[type=search]');
  field?.focus();
  field?.select();
}

function leave(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

function toggleLive(live: LiveUpdates): void {
  if (live.state === 'paused') live.resume();
  else live.pause();
}
