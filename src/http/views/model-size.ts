import { z } from 'zod';

import type { ModelEntry } from '../../routing/snapshot.ts';

/** What lists show of the size of a model; absent: unknown. */
export const modelSizeShape = {
  quantization: z.string().optional().describe('Such as `Q4_K_M`.'),
  parameter_count: z.number().optional(),
  memory_gb_estimate: z.number().optional().describe('Memory that it takes when it is loaded, in 10⁹ bytes.'),
};

/** The fields of `modelSizeShape`. */
export function modelSize({
  capabilities: { quantization, parameter_count: parameters, memory_gb_estimate: memory },
}: ModelEntry): { quantization?: string; parameter_count?: number; memory_gb_estimate?: number } {
  return {
    ...(quantization === undefined ? {} : { quantization }),
    ...(parameters === undefined ? {} : { parameter_count: parameters }),
    ...(memory === undefined ? {} : { memory_gb_estimate: memory }),
  };
}
