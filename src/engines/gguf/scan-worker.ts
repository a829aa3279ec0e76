/** Scans folders of models: reading headers from a slow disk would stop every stream of the serving thread. */
import { parentPort } from 'node:worker_threads';
import { scanFolder, type FileCache, type FolderScan } from './scan-folder.ts';

/** What the thread is asked. */
export interface ScanTask {
  readonly folder: string;
  readonly cache: FileCache;
}

if (parentPort === null) throw new Error('folders of models must be scanned in a worker thread');
const port = parentPort;
port.on('message', ({ folder, cache }: ScanTask) => {
  port.postMessage(scanFolder(folder, cache) satisfies FolderScan);
});
