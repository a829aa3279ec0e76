import { StoreUnavailable } from '../store/store.ts';
import type { SecretVault } from '../store/secrets/vault.ts';
import type { AppOptions } from './options.ts';

/** Completes a rotation of the master key that the end of an earlier process interrupted. */
export async function completeRotation(
  secrets: SecretVault,
  { store, clock, log }: AppOptions,
): Promise<void> {
  if (!secrets.isRotating) return;
  try {
    const { rotated, check, next } = await secrets.rotate(store, {
      actor: 'local',
      at: new Date(clock.wall()).toISOString(),
    });
    log.info({ rotated, check }, 'the rotation of the master key that was interrupted is complete');
    if (next !== null) log.warn({}, next);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    log.warn(
      {},
      `the rotation of the master key that was interrupted cannot be completed (${error.message}); both keys stay in use`,
    );
  }
}
