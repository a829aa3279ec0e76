import { IS_CHECKOUT } from './package-root.ts';

/** How the demo is started: by npm's script in the repository, by the command of the package elsewhere. */
export const DEMO_COMMAND = IS_CHECKOUT ? 'npm run demo' : 'laneway demo';
