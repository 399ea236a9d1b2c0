// Tells a person what became of data when something became live. It decides nothing.
import pc from 'picocolors';
import { say } from '../context.ts';
import type { Activated } from './versions.ts';

export function tellActivated({ cannotUndo, kept, health }: Activated): void {
  for (const text of cannotUndo) say(`${pc.yellow('note')}   cannot be undone: ${text}`);
  for (const name of kept) {
    say(`${pc.dim('kept')}   ${name} stays deployed with its data, and is served to nobody`);
  }
  if (health?.status !== 'watching') return;
  say(`${pc.dim('watch')}  until ${health.until}; with too many errors it goes back by itself`);
}
