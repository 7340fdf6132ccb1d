/** When a store says that it has changed: at once where the page has rested, when it is idle while much arrives. */

/** Milliseconds between two changes: half a frame. */
const REST = 8;

/** Milliseconds that a change waits at most for the page to be idle. */
const LONGEST = 40;

/** Runs a function soon; `isMuch`: there was a lot at once, so that more may be on its way. */
export type Pace = (run: () => void, isMuch: boolean) => void;

/** The pace of one store. */
export function pace(): Pace {
  let last = -REST;
  return (run, isMuch) => {
    const go = (): void => {
      last = performance.now();
      run();
    };
    const rest = REST - (performance.now() - last);
    if (isMuch) {
      // Drawing now would only keep the page from taking in the next batch. Not every browser can tell that it is idle.
      const isTold = 'requestIdleCallback' in window;
      void (isTold ? requestIdleCallback(go, { timeout: LONGEST }) : setTimeout(go, LONGEST));
    } else if (rest > 0) {
      setTimeout(go, rest);
    } else {
      queueMicrotask(go);
    }
  };
}
