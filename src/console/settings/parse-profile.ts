import { ApiError } from '../api/api-error.ts';
import type { ExportedProfile } from '../api/types.ts';

/** The profile in a file that was exported. Throws an `ApiError` for any other file. */
export function parsedProfile(text: string): ExportedProfile {
  const content = parsed(text);
  const fields: Readonly<Record<string, unknown>> =
    typeof content === 'object' && content !== null ? { ...content } : {};
  const { laneway_profile: version, name, config } = fields;
  if (typeof version === 'number' && typeof name === 'string' && typeof config === 'object')
    return content as ExportedProfile;
  throw new ApiError(
    0,
    'invalid_file',
    'This file is not a profile. Choose one that was saved with Export; its name ends in .laneway-profile.json.',
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
