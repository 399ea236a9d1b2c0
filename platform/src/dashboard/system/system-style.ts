// How the System page looks: parts, shards, dead letters.

export const SYSTEM_STYLE = `
.verdict.lead { margin: 16px 0 28px; }
.checks { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 1px; margin: 0; padding: 0;
  overflow: hidden; border: 1px solid var(--rule); border-radius: 8px; background: var(--rule); list-style: none; }
.checks li { display: grid; grid-template-columns: 1fr auto; gap: 0 12px; padding: 10px 14px; background: var(--raised); }
.checks .quiet { grid-column: 1 / -1; font-size: 12.5px; }
.checks .is-away .quiet { color: var(--bad); }
.statuses { display: flex; flex-wrap: wrap; gap: 8px 40px; margin: 0; }
.statuses dd { font-size: 20px; font-weight: 600; }
.shards td { padding-block: 4px; font-size: 13px; }
.shards meter { width: 100%; min-width: 72px; height: 8px; }
.letters { margin: 0; padding: 0; list-style: none; }
.letters li { padding: 10px 0; border-top: 1px solid var(--rule); }
.letters p { margin: 0; font-size: 13px; }
.letters .reason { color: var(--bad); overflow-wrap: anywhere; }
.letters pre { white-space: pre-wrap; overflow-wrap: anywhere; }
@media (max-width: 860px) { .checks { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
@media (max-width: 600px) { .checks { grid-template-columns: minmax(0, 1fr); } }
`;
