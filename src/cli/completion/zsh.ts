import { valuedFlags, type CompletedCommand } from './words.ts';

/** A completion script for zsh, for commands of `laneway`. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  const paths = commands.map(({ path }) => `'${path.join(' ')}'`).filter((path) => path !== `''`);
  return `#compdef laneway
# Completion of laneway for zsh. To use it, after compinit: source <(laneway completion zsh)
_laneway() {
  local word command_path='' skip=''
  local -a verbs flags
  for word in "\${words[@]:1:$((CURRENT - 2))}"; do
    if [[ -n $skip ]]; then skip=''; continue; fi
    case $word in
      ${valuedFlags(commands).join('|')}) skip=1; continue ;;
      -*) continue ;;
    esac
    case "\${command_path:+$command_path }$word" in
      ${paths.join('|')}) command_path="\${command_path:+$command_path }$word" ;;
    esac
  done
  if [[ -n $skip ]]; then _files; return; fi
  case $command_path in
${commands.map(caseOf).join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then _describe -o option flags; return; fi
  if (( \${#verbs} )); then _describe command verbs; else _files; fi
}
if [[ \${funcstack[1]} == _laneway ]]; then _laneway "$@"; else compdef _laneway laneway; fi
`;
}

function caseOf({ path, verbs, options }: CompletedCommand): string {
  const flags = options.flatMap((option) => option.flags.map((flag) => described(flag, option.description)));
  const names = verbs.map(([name, description]) => described(name, description));
  return `    '${path.join(' ')}') verbs=(${names.join(' ')}); flags=(${flags.join(' ')}) ;;`;
}

/** `'name:description'`; a colon in the description is one of its own. */
function described(name: string, description: string): string {
  const text = description.replaceAll(':', '\\:').replaceAll("'", "'\\''");
  return `'${name}:${text}'`;
}
