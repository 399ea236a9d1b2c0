// How the Self-observability page looks: a signal a row, its meaning beside it, the worst tenants last.

export const SELF_STYLE = `
.signals { margin: 20px 0 36px; padding: 0; list-style: none; border-top: 1px solid var(--rule); }
.signals > li {
  display: grid; grid-template-columns: 190px minmax(0, 1fr) 280px; gap: 4px 32px; padding: 12px 0;
  border-bottom: 1px solid var(--rule);
}
.signal h2 { margin: 0; color: var(--quiet); font-size: 13px; font-weight: 400; }
.signal .value { margin: 0; font-size: 22px; line-height: 1.3; font-weight: 600; letter-spacing: -0.01em; }
.meaning p { margin: 0; font-size: 13px; }
.meaning p + p { margin-top: 2px; }
.worst { margin: 0; padding: 0; list-style: none; font-size: 13px; }
.worst li { display: flex; justify-content: space-between; gap: 12px; }
.worst a { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
@media (max-width: 860px) {
  .signals > li { grid-template-columns: minmax(0, 1fr) minmax(0, 2fr); }
  .signals .worst { grid-column: 2; }
}
@media (max-width: 600px) {
  .signals > li { grid-template-columns: minmax(0, 1fr); }
  .signals .worst { grid-column: 1; }
}
`;
