/**
 * The credential for `/v1/*`, in the memory of this page alone: never in its storage, address or cookies. The console's
 * session does not count there, since a session must not spend the keys of providers.
 */
export const key = $state({ value: '' });
