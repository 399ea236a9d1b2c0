// How the Audit page looks.

export const AUDIT_STYLE = `
.shown { margin: 0 0 16px -10px; }
.audit td { padding-block: 6px; font-size: 13px; }
.audit .when .quiet { display: block; font-size: 12px; }
.audit .id { display: block; font-size: 12px; }
.audit .detail { max-width: 320px; color: var(--quiet); overflow-wrap: anywhere; }
@media (max-width: 600px) {
  .audit thead { display: none; }
  .audit tr { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 12px; padding: 8px 0; border-bottom: 1px solid var(--rule); }
  .audit td { padding: 0; border: 0; }
  .audit td:nth-child(3) { order: -2; }
  .audit td:nth-child(4) { order: -1; text-align: right; }
  .audit .when, .audit td:nth-child(2) { color: var(--quiet); font-size: 12.5px; }
  .audit .when .quiet { display: inline; margin-left: 8px; }
}
`;
