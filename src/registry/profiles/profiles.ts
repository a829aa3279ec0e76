import type { Config } from '../../config/config.ts';
import { ConfigFaults } from '../../config/faults.ts';
import type { JsonObject } from '../../config/files/json.ts';
import {
  findProfile,
  listProfiles,
  ownProfilePath,
  type ProfileDirectories,
  type ProfileFile,
} from '../../config/profiles/profile-files.ts';
import type { StoredLayers } from '../../config/stored-layers.ts';
import { nameFault } from '../../config/validate/names.ts';
import { Turns } from '../../util/turns.ts';
import { GatewayError } from '../../protocol/errors.ts';
import type { Log } from '../../protocol/log.ts';
import type { Snapshot } from '../../routing/snapshot.ts';
import { nearestAdvice } from '../../util/nearest.ts';
import { checkGeneration } from '../generation.ts';
import { newlyAssigned, profileChanges, type NewlyAssigned, type ProfileChange } from './profile-changes.ts';
import { draftOf, profileText, removeFile, writeFile, type ProfileContent } from './profile-draft.ts';
import { profileRejected, rejectionReasons, type ProfileReason } from './profile-rejected.ts';
import type { ChangeNote, Reloader } from '../reload.ts';

/** A profile in a list. */
export interface ListedProfile {
  readonly name: string;
  readonly description: string | null;
  readonly source: ProfileFile['source'];
  readonly active: boolean;
  /** Why it cannot be used, or has no effect although it is active; null when its file is in order. */
  readonly problem: string | null;
}

/** A profile with its content. */
export interface ShownProfile extends ListedProfile {
  readonly file: string;
  /** null when `problem` says why it cannot be read. */
  readonly config: JsonObject | null;
}

/** A profile as it is exported. */
export interface ExportedProfile {
  readonly laneway_profile: typeof EXPORT_VERSION;
  readonly name: string;
  readonly description: string | null;
  readonly config: JsonObject;
}

/** The active profile after a change. */
export interface ActiveProfile {
  readonly active: string | null;
  readonly generation: number;
}

/** What an activation would change, and why it would be rejected. */
export interface ActivationPreview {
  readonly changes: readonly ProfileChange[];
  readonly reasons: readonly ProfileReason[];
  /** Models that nodes and lanes would get first. */
  readonly assigned: readonly NewlyAssigned[];
}

/** What the service depends on. */
export interface ProfilePorts {
  readonly directories: ProfileDirectories;
  readonly changes: Pick<Reloader, 'change' | 'preview' | 'stored'> & { current(): Config };
  readonly registry: { readonly snapshot: Snapshot };
  /** Why the state cannot be written; null when it can. */
  readonly stateProblem: () => string | null;
  /** The file of a profile was written or deleted, by an actor. */
  readonly onFile: (name: string, actor: string) => void;
  readonly log: Log;
}

/** The version of the format of exported profiles. */
export const EXPORT_VERSION = 1;

const SWITCHING_OFF = '"runtime_switching" is false: profiles cannot be changed while the gateway is running';

/** Lists, changes and activates profiles. One call runs at a time, so that no file changes while it is activated. */
export class Profiles {
  readonly #ports: ProfilePorts;
  readonly #turns = new Turns();

  constructor(ports: ProfilePorts) {
    this.#ports = ports;
  }

  /** All profiles; the active one even if its file is missing. */
  async list(): Promise<{ readonly active: string | null; readonly profiles: readonly ListedProfile[] }> {
    const active = this.#active;
    const files = await listProfiles(this.#ports.directories);
    const profiles = files.map((file) => this.#listed(file));
    if (active !== null && !files.some(({ name }) => name === active)) {
      const problem = 'its file is missing: it has no effect';
      profiles.push({ name: active, description: null, source: 'file', active: true, problem });
    }
    return { active, profiles };
  }

  /** One profile. Rejects with `profile_not_found` and the nearest names. */
  async get(name: string): Promise<ShownProfile> {
    const found = await this.#find(name);
    return { ...this.#listed(found), file: found.file, config: found.profile?.values ?? null };
  }

  /** The profile in a form that another gateway can import. Rejects with `profile_not_found`, or `invalid_body` if it is invalid. */
  async export(name: string): Promise<ExportedProfile> {
    const { profile, faults } = await this.#find(name);
    if (profile === null)
      throw profileRejected(`profile "${name}" cannot be exported`, new ConfigFaults(faults));
    const { description, values: config } = profile;
    return { laneway_profile: EXPORT_VERSION, name, description, config };
  }

  /**
   * Adds a profile; `overwrite` replaces one of the same name. Rejects with `exists`; with `invalid_body` for a name or
   * content that does not hold over the present configuration; with `store_unavailable`, `runtime_switching_off` or
   * `generation_mismatch`. Then nothing has changed.
   */
  add(name: string, content: ProfileContent, note: ChangeNote, overwrite = false): Promise<ShownProfile> {
    return this.#turns.run(async () => {
      const fault = nameFault('profile', name);
      if (fault !== null) {
        throw new GatewayError('invalid_body', `name: "${name.slice(0, 100)}": ${fault}`, { param: 'name' });
      }
      const found = await findProfile(name, this.#ports.directories);
      if (found !== null && (!overwrite || found.source === 'shipped')) throw existing(found);
      await this.#put(name, content, note, found === null ? 'created' : 'changed');
      return this.get(name);
    });
  }

  /** Replaces the content of a profile; the active one in one generation. Rejects with `profile_not_found`, or as `add`. */
  change(name: string, content: ProfileContent, note: ChangeNote): Promise<ShownProfile> {
    return this.#turns.run(async () => {
      const found = await this.#find(name);
      if (found.source === 'shipped') throw existing(found);
      await this.#put(name, content, note, 'changed');
      return this.get(name);
    });
  }

  /** Deletes a profile. Rejects with `in_use` for the active one and for one that ships with Laneway, or as `add`. */
  remove(name: string, note: ChangeNote): Promise<void> {
    return this.#turns.run(async () => {
      const { source, file } = await this.#find(name);
      if (source === 'shipped') {
        throw new GatewayError('in_use', `profile "${name}" ships with Laneway and cannot be deleted`);
      }
      if (name === this.#active) {
        throw new GatewayError(
          'in_use',
          `profile "${name}" is active; activate another one or POST /api/profiles/deactivate first`,
        );
      }
      this.#requireChangeable(note);
      removeFile(file);
      this.#ports.log.info({ actor: note.actor }, `profile "${name}" deleted`);
      this.#ports.onFile(name, note.actor);
    });
  }

  /** Makes a profile the active one, in one generation. Rejects whole with `invalid_body` if anything does not hold. */
  activate(name: string, note: ChangeNote): Promise<ActiveProfile> {
    return this.#turns.run(async () => {
      await this.#find(name);
      return this.#setActive(name, `profile "${name}" not activated`, note);
    });
  }

  /** Without an active profile the call changes nothing. */
  deactivate(note: ChangeNote): Promise<ActiveProfile> {
    return this.#turns.run(() => this.#setActive(null, 'profile not deactivated', note));
  }

  /** What `activate` would do. Changes nothing. Rejects with `profile_not_found` only. */
  async preview(name: string): Promise<ActivationPreview> {
    await this.#find(name);
    const { changes, registry } = this.#ports;
    const before = changes.current();
    const off: ProfileReason[] = before.runtime_switching
      ? []
      : [{ code: 'runtime_switching_off', reason: SWITCHING_OFF }];
    try {
      const { config } = await changes.preview({ ...changes.stored, profile: name });
      const assigned = newlyAssigned(before, config);
      return { changes: profileChanges(before, config, registry.snapshot), reasons: off, assigned };
    } catch (error) {
      if (!(error instanceof ConfigFaults)) throw error;
      return { changes: [], reasons: [...off, ...rejectionReasons(error)], assigned: [] };
    }
  }

  get #active(): string | null {
    return this.#ports.changes.stored.profile;
  }

  #listed({ name, source, profile, faults }: ProfileFile): ListedProfile {
    const problem = faults.length === 0 ? null : (new ConfigFaults(faults).message.split('\n')[0] ?? null);
    const description = profile?.description ?? null;
    return { name, description, source, active: name === this.#active, problem };
  }

  async #find(name: string): Promise<ProfileFile> {
    const found = await findProfile(name, this.#ports.directories);
    if (found !== null) return found;
    const { profiles } = await this.list();
    const known = profiles.map((profile) => profile.name);
    const advice =
      name === this.#active
        ? ': it is active, but its file is missing; write it again with POST /api/profiles, or deactivate it'
        : nearestAdvice(name, known);
    const message = `unknown profile "${name.slice(0, 100)}"${advice}`;
    throw new GatewayError('profile_not_found', message, { param: 'name' });
  }

  async #setActive(name: string | null, what: string, note: ChangeNote): Promise<ActiveProfile> {
    const before = this.#active;
    const { generation } = await rejected(what, null, () =>
      this.#ports.changes.change((stored) => {
        if (stored.profile === name) return null;
        const row = { action: 'profile', subject: 'profile', from: stored.profile, to: name } as const;
        return {
          next: { ...stored, profile: name },
          rows: () => ({ activeProfile: name, ...row, reason: null }),
          ...note,
        };
      }),
    );
    if (before !== name) {
      const message = name === null ? `profile "${before ?? ''}" deactivated` : `profile "${name}" activated`;
      this.#ports.log.info({ actor: note.actor, generation }, message);
    }
    return { active: name, generation };
  }

  /** Writes the content once it has proved valid. */
  async #put(name: string, content: ProfileContent, note: ChangeNote, verb: 'created' | 'changed') {
    this.#requireChangeable(note);
    const { changes, directories, log } = this.#ports;
    const file = ownProfilePath(directories, name);
    const what = `profile "${name}" not ${verb}`;
    const draft = await draftOf(name, content, file, what);
    const text = profileText(draft.profile);
    const next = (stored: StoredLayers): StoredLayers => ({ ...stored, profile: name, draft });
    const write = (): (() => void) => writeFile(file, text);
    if (name !== this.#active) {
      await rejected(what, file, () => changes.preview(next(changes.stored)));
      this.#requireChangeable(note);
      write();
    } else {
      const row = { action: 'profile', subject: 'profile', from: name, to: name } as const;
      const rows = (changed: readonly string[]) =>
        changed.length === 0
          ? null
          : { ...row, reason: `content changed: ${changed.join(', ')}`.slice(0, 500) };
      await rejected(what, file, () =>
        changes.change((stored) => ({ next: next(stored), rows, write, ...note })),
      );
    }
    log.info({ actor: note.actor }, `profile "${name}" ${verb}`);
    this.#ports.onFile(name, note.actor);
  }

  /** Throws what a change of the configuration would be rejected with, for one that touches files alone. */
  #requireChangeable({ ifGeneration }: ChangeNote): void {
    const { changes, registry, stateProblem } = this.#ports;
    if (!changes.current().runtime_switching) throw new GatewayError('runtime_switching_off', SWITCHING_OFF);
    const problem = stateProblem();
    if (problem !== null) {
      const message = `state is unavailable (${problem}): profiles cannot be changed`;
      throw new GatewayError('store_unavailable', message, { retryAfterS: 5 });
    }
    checkGeneration(ifGeneration, registry.snapshot.generation);
  }
}

/** Turns faults of the configuration into an `invalid_body`; those of `file` are faults of the field `config`. */
async function rejected<Result>(
  what: string,
  file: string | null,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error;
    const [first] = error.faults;
    const param = first !== undefined && first.file === file ? `config.${first.path}` : null;
    throw profileRejected(what, error, param);
  }
}

function existing({ name, source }: ProfileFile): GatewayError {
  const advice =
    source === 'shipped'
      ? 'ships with Laneway and cannot be changed; export it and import it under another name'
      : 'exists; change it with PUT, or import it with ?overwrite=1';
  return new GatewayError('exists', `profile "${name}" ${advice}`, { param: 'name' });
}
