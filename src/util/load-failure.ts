/** Why a model could not be loaded, for a sentence that already says that it was not: without the driver's own opening. */
export function loadFailureReason(message: string): string {
  return message.replace(/^Model .+? could not be loaded: /, '');
}
