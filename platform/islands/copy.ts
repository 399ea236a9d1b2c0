// Buttons that copy a command as it is typed. The command is on the page already; a button holds no
// text of its own, so that it copies what is shown now.

const SHOWN_MS = 1_600;

/** A button for each way of saying a command, after it. */
export function addCopyButtons(page: Document): void {
  for (const box of page.querySelectorAll('.copyable:not(:has(.copy))')) {
    const buttons = page.createElement('p');
    buttons.className = 'copy';
    for (const text of box.querySelectorAll<HTMLElement>('[data-copy]')) {
      const button = page.createElement('button');
      button.type = 'button';
      button.dataset.copies = text.dataset.copy ?? '';
      button.textContent = labelOf(button);
      buttons.append(button);
    }
    box.append(buttons);
  }
}

/** To be called once per document. */
export function listenForCopies(): void {
  document.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest('button[data-copies]') : null;
    if (button instanceof HTMLButtonElement) void copyFor(button);
  });
}

async function copyFor(button: HTMLButtonElement): Promise<void> {
  const texts = button.closest('.copyable')?.querySelectorAll<HTMLElement>('[data-copy]') ?? [];
  const wanted = [...texts].find(({ dataset }) => dataset.copy === button.dataset.copies);
  const copied =
    wanted !== undefined && (await copyText(wanted.dataset.copyText ?? wanted.textContent));
  button.textContent = copied ? 'Copied' : 'Select the text to copy it';
  setTimeout(() => {
    button.textContent = labelOf(button);
  }, SHOWN_MS);
}

function labelOf(button: HTMLButtonElement): string {
  const { copies = '' } = button.dataset;
  // A way of saying a command, or a thing of its own: `the hash`.
  return copies.startsWith('the ') ? `Copy ${copies}` : `Copy as ${copies}`;
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** For pages that came over plain HTTP, and for browsers that were told to refuse. */
function copyBySelection(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.className = 'out-of-sight';
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return copied;
}
