import createSpinner from 'yocto-spinner';

/** A wait below this is not shown, in ms: it would only flicker. */
const SHOWN_AFTER_MS = 1_000;

/** Shows a spinner on standard error after a second, until the returned function is called. */
export function showSpinner(text: string): () => void {
  let spinner: ReturnType<typeof createSpinner> | null = null;
  const timer = setTimeout(() => {
    spinner = createSpinner({ text, stream: process.stderr }).start();
  }, SHOWN_AFTER_MS);
  return () => {
    clearTimeout(timer);
    spinner?.stop();
  };
}
