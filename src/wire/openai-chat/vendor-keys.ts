/**
 * Keys that servers add to messages and their calls, and that clients send back to whichever model answers next:
 * OpenRouter's `reasoning_details`, LiteLLM's `provider_specific_fields`, Gemini's `extra_content` (wire case 204).
 */
export const VENDOR_KEYS = ['reasoning_details', 'provider_specific_fields', 'extra_content'] as const;

/** One of them. */
export type VendorKey = (typeof VENDOR_KEYS)[number];
