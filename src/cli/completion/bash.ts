import { caseOf, namesOfList, quoted } from './posix.ts';
import type { CompletionPlan } from './plan.ts';

/** Completion for bash 3.2 and later, with or without the package bash-completion. */
export function bashCompletion({ commands, options, actions }: CompletionPlan): string {
  const wordsAt = (map: CompletionPlan['commands'], variable: string): string =>
    caseOf(
      [...map]
        .filter(([, words]) => words.length > 0)
        .map(([path, words]) => [[path], `${variable}=${quoted(words.map(({ word }) => word).join(' '))}`]),
    );
  return `# bash completion of tacho; to load it now: source <(tacho completion bash)
_tacho_commands() {
  commands=
  case $1 in
${wordsAt(commands, 'commands')}
  esac
}
_tacho_options() {
  options=
  case $1 in
${wordsAt(options, 'options')}
  esac
}
_tacho_action() {
  action=
  case $1 in
${caseOf([...actions].map(([action, places]) => [places, `action=${quoted(action)}`]))}
  esac
}
# Names are data: they are compared and quoted, never expanded.
_tacho_names() {
  local name
  while IFS= read -r name; do
    [[ $name == "$cur"* ]] && COMPREPLY+=("$(printf '%q' "$name")")
  done < <(tacho "$@" --json 2>/dev/null </dev/null | ${namesOfList(quoted)})
}
_tacho() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path='' place='' position=1 only_arguments='' commands options action word i
  local -a words=() connection=()
  COMPREPLY=()
  # Bash breaks words at = and : as well; here they are put together again.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((\${#words[@]})) && [[ $word == [:=] || \${COMP_WORDS[i - 1]} == [:=] ]]; then
      words[\${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
  done
  for word in "\${words[@]}"; do
    if [[ -n $place ]]; then
      case $place in *' -d' | *' --data' | *' --url' | *' --token-file') connection+=("\${place##* }" "\${word/#\\~\\//$HOME/}") ;; esac
      place=
      continue
    fi
    case $word in
      --) only_arguments=1 ;;
      -*=*) ;;
      -*)
        _tacho_action "$path $word"
        [[ -n $action ]] && place="$path $word"
        ;;
      *)
        _tacho_commands "$path"
        if [[ " $commands " == *" $word "* ]]; then
          path="\${path:+$path }$word"
        else
          ((position++))
        fi
        ;;
    esac
  done
  if [[ -z $place && -z $only_arguments && $cur == -* ]]; then
    _tacho_options "$path"
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
    return
  fi
  _tacho_action "\${place:-$path $position}"
  case $action in
    words\\ *) COMPREPLY=($(compgen -W "\${action#words }" -- "$cur")) ;;
    names\\ *) _tacho_names "\${action#names }" list \${connection[@]+"\${connection[@]}"} ;;
    files)
      compopt -o default 2>/dev/null
      COMPREPLY=()
      ;;
    directories)
      compopt -o filenames 2>/dev/null
      local IFS=$'\\n'
      COMPREPLY=($(compgen -d -- "$cur"))
      ;;
    '')
      _tacho_commands "$path"
      COMPREPLY=($(compgen -W "$commands" -- "$cur"))
      ;;
  esac
}
complete -F _tacho tacho
`;
}
