import { inspect } from 'node:util';
import { stackOfSources } from './source-maps.ts';

/**
 * Prints what nobody caught, rejections included, with the places in the sources instead of those in the build, and ends
 * the process with code 1, as Node does.
 */
export function printUncaught(): void {
  process.setUncaughtExceptionCaptureCallback((error: unknown) => {
    console.error(`${stackOfSources(inspect(error))}\n\nNode.js ${process.version}`);
    process.exit(1);
  });
}
