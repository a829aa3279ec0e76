import createSpinner from 'yocto-spinner';

/** A wait below this is not shown, in ms: it would only flicker. */
const SHOWN_AFTER_MS = 1_000;

/**
 * Returns a function that shows a spinner on standard error after a second, until the function that it returns is
 * called. Waits at the same time share one spinner.
 */
export function sharedSpinner(): (text: string) => () => void {
  let waits = 0;
  let stop = (): void => undefined;
  return (text) => {
    if (waits === 0) stop = startLater(text);
    waits += 1;
    return () => {
      waits -= 1;
      if (waits === 0) stop();
    };
  };
}

function startLater(text: string): () => void {
  let spinner: ReturnType<typeof createSpinner> | null = null;
  const timer = setTimeout(() => {
    spinner = createSpinner({ text, stream: process.stderr }).start();
  }, SHOWN_AFTER_MS);
  return () => {
    clearTimeout(timer);
    spinner?.stop();
  };
}
