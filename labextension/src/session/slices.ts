/** Long work in slices: a few milliseconds at a time, between which the page draws and answers. */

/** Milliseconds of one slice: a quarter of a frame. */
const SLICE = 4;

/** Run a generator to its end in slices and hand over what it returns; the answer stops it. */
export function inSlices<T>(work: Generator<void, T>, done: (value: T) => void): () => void {
  let isStopped = false;
  const go = (): void => {
    const until = performance.now() + SLICE;
    while (!isStopped) {
      const step = work.next();
      if (step.done) {
        done(step.value);
        return;
      }
      if (performance.now() >= until) {
        setTimeout(go);
        return;
      }
    }
  };
  setTimeout(go);
  return () => {
    isStopped = true;
  };
}
