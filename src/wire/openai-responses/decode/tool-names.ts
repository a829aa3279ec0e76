import type { ResponsesTool } from '../../codec.ts';

/** Between the name of a namespace and that of a tool in it, as in the names of MCP tools. */
const SEPARATOR = '__';

/**
 * The names of a request's tools for upstreams that know neither namespaces nor custom tools: the tools of a namespace
 * get its name in front. The same request always gives the same names.
 */
export class ResponsesToolNames {
  /** The tools that a reply must restore, by the name that the model sees. */
  readonly changed = new Map<string, ResponsesTool>();
  readonly #flat = new Map<string, string>();
  readonly #taken = new Set<string>();

  /** Notes a tool of the request; returns its name for the upstream. Tools outside of namespaces must come first. */
  add(tool: ResponsesTool): string {
    const { name, namespace, isCustom } = tool;
    let flat = flatten(name, namespace);
    if (namespace !== null)
      for (let nth = 2; this.#taken.has(flat); nth += 1) flat = `${flatten(name, namespace)}_${nth}`;
    this.#taken.add(flat);
    this.#flat.set(keyOf(name, namespace), flat);
    if (namespace !== null || isCustom) this.changed.set(flat, tool);
    return flat;
  }

  /** The names for the upstream of all tools in a namespace. */
  inNamespace(namespace: unknown): readonly string[] {
    return [...this.changed].flatMap(([flat, tool]) => (tool.namespace === namespace ? [flat] : []));
  }

  /** The name for the upstream of a tool that is called in the history or by a choice. */
  of(name: string, namespace: string | null): string {
    return this.#flat.get(keyOf(name, namespace)) ?? flatten(name, namespace);
  }
}

function flatten(name: string, namespace: string | null): string {
  if (namespace === null) return name;
  return namespace.endsWith(SEPARATOR) ? namespace + name : namespace + SEPARATOR + name;
}

function keyOf(name: string, namespace: string | null): string {
  return `${namespace ?? ''}\n${name}`;
}
