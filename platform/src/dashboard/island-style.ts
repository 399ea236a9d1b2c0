// How the parts look that only the script adds: the live dot, the help, copy buttons, the row that
// has the focus.

export const ISLAND_STYLE = `
.island-bar { display: flex; align-items: baseline; gap: 12px; margin-left: auto; font-size: 13px; }
.island-bar + .sign-out { margin-left: 0; }
.island-bar > button {
  border: 0; padding: 2px 0; background: none; color: var(--quiet); cursor: pointer;
}
.island-bar > button:hover { color: var(--ink); text-decoration: underline; }
.island-bar > .help {
  width: 22px; height: 22px; padding: 0; border: 1px solid var(--rule); border-radius: 6px;
  font-family: var(--mono); font-size: 12px;
}
.live { display: inline-flex; align-items: baseline; gap: 7px; white-space: nowrap; }
.live::before {
  content: ""; width: 8px; height: 8px; border-radius: 50%; background: var(--quiet); flex: none;
}
.live.is-off { display: none; }
.live.is-live::before { background: var(--good); }
.live.is-paused::before { background: none; box-shadow: inset 0 0 0 1.5px var(--quiet); }
.live.is-reconnecting::before { background: var(--warn); }
.live.is-signed_out::before { background: var(--bad); }

dialog.keys {
  width: min(440px, calc(100vw - 32px)); max-height: calc(100vh - 48px); padding: 20px 24px 24px;
  border: 1px solid var(--rule); border-radius: 10px; background: var(--raised); color: var(--ink);
}
dialog.keys::backdrop { background: rgb(0 0 0 / 0.35); }
.keys h2 { margin-bottom: 12px; font-size: 16px; }
.keys dl { margin: 0; }
.keys dl div { display: grid; grid-template-columns: 84px minmax(0, 1fr); padding: 4px 0; }
.keys dt { color: inherit; }
.keys kbd {
  display: inline-block; min-width: 22px; margin-right: 4px; padding: 0 6px; text-align: center;
  border: 1px solid var(--edge); border-bottom-width: 2px; border-radius: 4px;
  font: 12px/1.6 var(--mono);
}
.keys p { margin: 14px 0; color: var(--quiet); font-size: 13px; }
.keys button {
  padding: 5px 12px; border: 1px solid var(--edge); border-radius: 6px; background: var(--raised);
  cursor: pointer;
}

.copyable + .copyable { margin-top: 18px; }
.copyable > p { margin: 12px 0 0; }
.copyable pre { margin: 8px 0; }
.copyable.is-folded { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 16px; }
.copyable.is-folded details[open] { flex-basis: 100%; }
.copy { display: flex; flex-wrap: wrap; gap: 8px; margin: 0; }
main .copy button { padding: 2px 10px; color: var(--quiet); font-size: 12.5px; }
main .copy button:hover { color: var(--ink); }

[data-rows] tr:focus-within, [data-rows] tr:focus {
  --marked: color-mix(in srgb, var(--accent) 9%, var(--paper));
  background: var(--marked); box-shadow: -8px 0 0 var(--marked), -11px 0 0 var(--accent);
}
[data-rows] tr:focus { outline: none; }
.out-of-sight { position: fixed; top: 0; left: 0; width: 1px; height: 1px; opacity: 0; }

@media (max-width: 600px) {
  .places { flex-wrap: wrap; }
  .legend { margin-left: 0; }
}
@media (prefers-reduced-motion: no-preference) {
  .live.is-reconnecting::before { animation: breathe 1.6s ease-in-out infinite; }
}
`;
