// What a page shows, as commands to copy. The token stays in the shell: it is never part of a page.

/** `commands` as they are typed, each on its own. */
export function FromTerminal(props: { commands: readonly string[] }) {
  return (
    <details class="terminal">
      <summary>The same from a terminal</summary>
      <pre tabindex={0}>
        <code>{props.commands.join('\n\n')}</code>
      </pre>
    </details>
  );
}

/** A call of the operator API as `curl` has it. `path` needs no quoting. */
export function curlText(platformUrl: string, path: string, method = 'GET'): string {
  const verb = method === 'GET' ? '' : `-X ${method} `;
  return `curl ${verb}"${platformUrl}${path}" \\\n  -H "authorization: Bearer $OPERATOR_TOKEN"`;
}
