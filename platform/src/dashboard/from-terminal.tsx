// What a page shows, as commands to copy. The token stays in the shell: it is never part of a page.
// The script adds buttons that copy; without it the text is there to be selected.

/** The same thing from a terminal, in one way or in both. */
export interface Command {
  /** What it does, in a few words. */
  readonly what?: string;
  readonly curl?: string;
  /** `npx z0 …` */
  readonly z0?: string;
}

/** `commands` as they are typed, each on its own. A string starting with `curl` is one for `curl`. */
export function FromTerminal(props: { commands: readonly (string | Command)[] }) {
  return (
    <details class="terminal" id="from-terminal">
      <summary>The same from a terminal</summary>
      {props.commands.map((command) => (
        <div class="copyable">
          <Texts command={typeof command === 'string' ? toCommand(command) : command} />
        </div>
      ))}
    </details>
  );
}

/**
 * One command beside the thing that it is about. `id` is needed when a live page has several, so
 * that an open one stays open.
 */
export function Copyable(props: Command & { id?: string }) {
  return (
    <div class="copyable is-folded">
      <details id={props.id}>
        <summary>{props.what ?? 'From a terminal'}</summary>
        <Texts command={{ ...props, what: '' }} />
      </details>
    </div>
  );
}

function Texts(props: { command: Command }) {
  const { what, curl, z0 } = props.command;
  return (
    <>
      {what && <p class="quiet">{what}</p>}
      {z0 !== undefined && (
        <pre tabindex={0} data-copy="z0 command">
          <code>{z0}</code>
        </pre>
      )}
      {curl !== undefined && (
        <pre tabindex={0} data-copy="curl">
          <code>{curl}</code>
        </pre>
      )}
    </>
  );
}

function toCommand(text: string): Command {
  return text.startsWith('curl') ? { curl: text } : { z0: text };
}

/** A call of the operator API as `curl` has it. `path` needs no quoting. */
export function curlText(platformUrl: string, path: string, method = 'GET'): string {
  const verb = method === 'GET' ? '' : `-X ${method} `;
  return `curl ${verb}"${platformUrl}${path}" \\\n  -H "authorization: Bearer $OPERATOR_TOKEN"`;
}
