import { valuedFlags, type CompletedCommand } from './words.ts';

/** A completion script for bash, for commands of `laneway`. Names hold nothing that a shell would interpret. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(({ path, verbs, options }) => {
    const flags = options.flatMap((option) => option.flags);
    const words = [...verbs.map(([name]) => name), ...flags];
    return `    '${path.join(' ')}') words='${words.join(' ')}' ;;`;
  });
  const paths = commands.map(({ path }) => `'${path.join(' ')}'`).filter((path) => path !== `''`);
  return `# Completion of laneway for bash. To use it: source <(laneway completion bash)
_laneway() {
  local word words path='' skip='' current="\${COMP_WORDS[COMP_CWORD]}"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [ -n "$skip" ]; then skip=''; continue; fi
    case "$word" in
      ${valuedFlags(commands).join('|')}) skip=1; continue ;;
      -*) continue ;;
    esac
    case "\${path:+$path }$word" in
      ${paths.join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  if [ -n "$skip" ]; then return; fi
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _laneway laneway
`;
}
