import type { AddedField, TargetRequest } from './exchange.ts';

const NONE: readonly never[] = [];

/** Notes the fields that Laneway itself puts into a request, and knows those of them that the target has refused. */
export class AddedFields {
  /** Refused by the target: must not be added. Names that go out. */
  readonly withheld: readonly string[];
  /** Created for the first field: a pass-through mostly adds none. */
  #fields: AddedField[] | null = null;

  constructor({ withheld = NONE }: Pick<TargetRequest, 'withheld'>) {
    this.withheld = withheld;
  }

  get all(): readonly AddedField[] {
    return this.#fields ?? NONE;
  }

  /** Notes a field by the name that goes out; `instead` as in `AddedField`. */
  note(name: string, instead?: string): void {
    (this.#fields ??= []).push(instead === undefined ? { name } : { name, instead });
  }

  isWithheld(name: string): boolean {
    return this.withheld.includes(name);
  }
}
