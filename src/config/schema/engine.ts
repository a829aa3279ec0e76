import { z } from 'zod';

const positive = z.number().positive();
/** No machine has so many; a larger number was meant in bytes. */
const MAX_GB = 100_000;
const command = z.array(z.string().min(1)).min(1);

/** `providers.*.engine`: what Laneway may do with a local server. Times in seconds. */
export const engineSchema = z.strictObject({
  manage: z.enum(['auto', 'none']).exactOptional(),
  command: command.exactOptional(),
  start: command.exactOptional(),
  stop: command.exactOptional(),
  idle_unload_s: positive.exactOptional(),
  stall_s: positive.exactOptional(),
  stop_s: positive.exactOptional(),
});

/** The pool of local providers that name none. */
export const DEFAULT_POOL = 'local';

/** `pools.*`: memory that engines share. Gigabytes of 10⁹ bytes, seconds, degrees Celsius. */
export const poolSchema = z.strictObject({
  budget_gb: positive.max(MAX_GB).exactOptional(),
  reserve_gb: z.number().min(0).max(MAX_GB).exactOptional(),
  min_residency_s: z.number().min(0).exactOptional(),
  max_wait_s: positive.exactOptional(),
  batch: z.int().min(1).exactOptional(),
  soft_c: positive.exactOptional(),
  hard_c: positive.exactOptional(),
});
