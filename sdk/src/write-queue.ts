// One writer at a time: custom code that awaits cannot let another write in between. It never
// drops a task, and a task that fails does not stop the next.

export class WriteQueue {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
