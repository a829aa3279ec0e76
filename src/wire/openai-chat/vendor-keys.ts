import type { JsonCursor } from '../json/cursor.ts';

/**
 * Keys that servers add to messages and their calls, and that clients send back to whichever model answers next:
 * OpenRouter's `reasoning_details`, LiteLLM's `provider_specific_fields`, Gemini's `extra_content` (wire case 204).
 */
export const VENDOR_KEYS = ['reasoning_details', 'provider_specific_fields', 'extra_content'] as const;

/** One of them. */
export type VendorKey = (typeof VENDOR_KEYS)[number];

/** The shortest of them, with its quotes: the length decides for nearly every key. */
const SHORTEST = Math.min(...VENDOR_KEYS.map((key) => key.length)) + 2;

/** The last string as one of them; null: it is another. */
export function vendorKey(cursor: JsonCursor): VendorKey | null {
  if (cursor.stringEnd - cursor.stringStart < SHORTEST) return null;
  return VENDOR_KEYS.find((key) => cursor.stringIs(key)) ?? null;
}
