// Starts the gateway: `npm start` and `npm run demo`.
//
//   node scripts/start.mjs [--demo]
import { startGateway } from './start-gateway.mjs';

await startGateway(process.argv.slice(2));
