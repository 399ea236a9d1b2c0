// A slider in a form that asks for a page (`<input type="range" data-slider>`): while it moves, the
// page is shown as it would be after sending the form. Without the script the form's button does it.
import { refreshPage } from './refresh.ts';

const PAUSE_MS = 150;

/** To be called once per document. */
export function listenForSliders(): void {
  let timer = 0;
  let form: HTMLFormElement | null = null;
  document.addEventListener('input', ({ target }) => {
    if (!(target instanceof HTMLInputElement) || !('slider' in target.dataset)) return;
    form = target.form;
    // While it is dragged on, a page every so often; the timer is not started anew.
    timer ||= setTimeout(() => {
      timer = 0;
      if (form !== null) showAnswerOf(form);
    }, PAUSE_MS);
  });
}

/** The address of the answer becomes the page's own, so that it can be copied, and refreshed. */
function showAnswerOf(form: HTMLFormElement): void {
  const url = new URL(form.action);
  url.search = '';
  for (const [name, value] of new FormData(form)) {
    if (typeof value === 'string' && value !== '') url.searchParams.append(name, value);
  }
  history.replaceState(history.state, '', url);
  void refreshPage();
}
