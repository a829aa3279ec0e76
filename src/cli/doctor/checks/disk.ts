import { statfs } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fault, ok, warning, type Check, type Finding } from '../check.ts';
import { nearestExisting } from './state.ts';

const MIB = 1024 * 1024;
/** A backup and a migration need as much as the database, and its log grows while a report runs. */
const LOW_BYTES = 1024 * MIB;
const FULL_BYTES = 200 * MIB;

/** Is there room for the state, its backups and the ledger? */
export const diskCheck: Check = {
  name: 'disk',
  run: async ({ files }) => {
    if (files?.dataDirectory == null) return [];
    const path = nearestExisting(resolve(files.dataDirectory));
    const { bavail, blocks, bsize } = await statfs(path);
    // Virtual file systems have no size.
    return blocks === 0 ? [] : [diskFinding(files.dataDirectory, bavail * bsize)];
  },
};

function diskFinding(directory: string, free: number): Finding {
  const found = `${sizeText(free)} free for ${directory}`;
  if (free >= LOW_BYTES) return ok(found);
  const fix =
    'make room on this disk, keep less in the ledger ("ledger": {"retention_days": 7}), or set LANEWAY_DATA_DIR to another disk';
  const make = free < FULL_BYTES ? fault : warning;
  return make('disk_nearly_full', `only ${found}`, fix);
}

function sizeText(bytes: number): string {
  const mib = bytes / MIB;
  return mib < 1024 ? `${Math.floor(mib)} MiB` : `${(mib / 1024).toFixed(mib < 10_240 ? 1 : 0)} GiB`;
}
