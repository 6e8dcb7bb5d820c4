/** Values that come by themselves, as something to iterate over; may end, or fail. */
export class Stream {
  #waiting = [];
  #kept = [];
  #ended = false;
  #error = null;
  #onReturn;

  constructor(onReturn = () => undefined) {
    this.#onReturn = onReturn;
  }

  push(value) {
    if (this.#ended) return;
    const next = this.#waiting.shift();
    if (next) next.resolve({ value, done: false });
    else this.#kept.push(value);
  }

  /** What was pushed before is still given out. */
  end(error = null) {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const next of this.#waiting.splice(0)) this.#finish(next);
  }

  next() {
    if (this.#kept.length > 0) return Promise.resolve({ value: this.#kept.shift(), done: false });
    return new Promise((resolve, reject) => {
      const next = { resolve, reject };
      if (this.#ended) this.#finish(next);
      else this.#waiting.push(next);
    });
  }

  /** Whoever leaves a `for await` comes here. */
  return() {
    this.#kept.length = 0;
    this.end();
    this.#onReturn();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  #finish({ resolve, reject }) {
    const error = this.#error;
    this.#error = null; // told once
    if (error) reject(error);
    else resolve({ value: undefined, done: true });
  }
}
