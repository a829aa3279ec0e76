/** Ends the process with its exit code, once everything is written. */
export function endProcess(): void {
  process.stdout.write('', () => process.stderr.write('', endNow));
}

/**
 * A name lookup of the system cannot be cancelled, and `process.exit` waits for its thread: 10 s and more where no name
 * server answers. So a shell that only exits takes the place of the process then.
 */
function endNow(): void {
  const isWaiting = process.getActiveResourcesInfo().includes('GetAddrInfoReqWrap');
  if (isWaiting && typeof process.execve === 'function' && process.platform !== 'win32') {
    process.execve('/bin/sh', ['sh', '-c', `exit ${process.exitCode ?? 0}`], {});
  }
  process.exit();
}
