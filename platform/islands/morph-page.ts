// Puts a newer version of a page in the place of the one that is shown, touching only what differs:
// focus, selection, scroll, open details and typed text belong to the visitor and stay.
import { Idiomorph } from 'idiomorph';

/** Takes `<main>` and the title from `next`; a page without `<main>` changes nothing. */
export function morphPage(next: Document): void {
  const [from, to] = [document.querySelector('main'), next.querySelector('main')];
  if (from === null || to === null) return;
  void Idiomorph.morph(from, to, {
    morphStyle: 'outerHTML',
    callbacks: {
      // A drawing is the work of its island, which looks at the new numbers by itself.
      beforeNodeMorphed: (node) => !(node instanceof HTMLElement && 'host' in node.dataset),
      beforeAttributeUpdated: (name, element) => !isVisitors(name, element),
    },
  });
  document.title = next.title;
}

/** Whether the visitor decided about this attribute, and not the page. */
function isVisitors(name: string, element: Element): boolean {
  if (name === 'open') return element instanceof HTMLDetailsElement;
  if (name === 'value') return isField(element) && isTouched(element);
  if (name === 'checked') {
    return element instanceof HTMLInputElement && element.checked !== element.defaultChecked;
  }
  if (name !== 'selected' || !(element instanceof HTMLOptionElement)) return false;
  const { options } = element.closest('select') ?? { options: [] };
  return [...options].some((option) => option.selected !== option.defaultSelected);
}

function isField(element: Element): element is HTMLInputElement | HTMLTextAreaElement {
  return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
}

function isTouched(field: HTMLInputElement | HTMLTextAreaElement): boolean {
  return field === document.activeElement || field.value !== field.defaultValue;
}
