// How the portal's own parts look: the sign-in form, limits, keys.

export const PORTAL_STYLE = `
.sign-in { display: grid; gap: 4px; margin: 20px 0; }
.sign-in label { color: var(--quiet); font-size: 13px; }
.sign-in input {
  width: 100%; margin-bottom: 10px; padding: 7px 10px; border: 1px solid var(--edge); border-radius: 6px;
  background: var(--raised); font-family: var(--mono); font-size: 13px;
}
.sign-in button { justify-self: start; margin-top: 4px; padding: 7px 18px; }
.verdict.first { margin: 18px 0 28px; }
.remark { display: block; color: var(--quiet); font-size: 12.5px; }
.narrow-route { display: none; }
.spans { margin: 14px 0 16px; }
.footnote { max-width: 720px; margin-top: 18px; font-size: 13px; }
.limit-table { margin-top: 20px; }
.used-share { display: flex; align-items: center; gap: 10px; }
.used-share meter { width: 120px; }
.key-table { margin-top: 20px; }
.new-key { margin-top: 32px; }
.new-key .search { margin-top: 10px; }
.unseen {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap;
}
.secret { white-space: pre-wrap; }
.secret code { overflow-wrap: anywhere; }

@media (max-width: 600px) {
  .limit-table :is(th, td):nth-child(3) { padding-right: 0; }
  .narrow-route { display: block; color: var(--quiet); }
}
`;
