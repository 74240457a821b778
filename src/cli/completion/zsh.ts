import { caseOf, namesOfList, quoted } from './posix.ts';
import type { CompletionPlan } from './plan.ts';

/** Completion for zsh: sourced after compinit, or a file `_tacho` on the fpath. */
export function zshCompletion({ commands, options, actions }: CompletionPlan): string {
  // In what _describe reads, a colon divides the word from its meaning.
  const described = (map: CompletionPlan['commands']): string =>
    caseOf(
      [...map]
        .filter(([, words]) => words.length > 0)
        .map(([path, words]) => [
          [path],
          `found=(${words.map(({ word, description }) => quoted(`${word.replaceAll(':', '\\:')}:${description}`)).join(' ')})`,
        ]),
    );
  return `#compdef tacho
# zsh completion of tacho; to load it now: source <(tacho completion zsh)
_tacho_commands() {
  found=()
  case $1 in
${described(commands)}
  esac
}
_tacho_options() {
  found=()
  case $1 in
${described(options)}
  esac
}
_tacho_action() {
  action=
  case $1 in
${caseOf([...actions].map(([action, places]) => [places, `action=${quoted(action)}`]))}
  esac
}
_tacho() {
  local at='' place='' only_arguments='' action word
  local -i position=1 i
  local -a found names connection
  for ((i = 2; i < CURRENT; i++)); do
    word=\${(Q)words[i]}
    if [[ -n $place ]]; then
      case $place in (*' -d' | *' --data' | *' --url' | *' --token-file') connection+=("\${place##* }" "\${word/#\\~\\//$HOME/}") ;; esac
      place=
      continue
    fi
    case $word in
      (--) only_arguments=1 ;;
      (-*=*) ;;
      (-*)
        _tacho_action "$at $word"
        [[ -n $action ]] && place="$at $word"
        ;;
      (*)
        _tacho_commands "$at"
        if ((\${found[(I)\${(b)word}:*]})); then
          at="\${at:+$at }$word"
        else
          ((position++))
        fi
        ;;
    esac
  done
  if [[ -z $place && -z $only_arguments && $words[CURRENT] == -* ]]; then
    _tacho_options "$at"
    _describe -o option found
    return
  fi
  _tacho_action "\${place:-$at $position}"
  case $action in
    (words\\ *) compadd -- \${=action#words } ;;
    (names\\ *)
      names=("\${(@f)$(tacho "\${action#names }" list $connection --json 2>/dev/null </dev/null | ${namesOfList(quoted)})}")
      compadd -- \${names:#}
      ;;
    (files) _files ;;
    (directories) _files -/ ;;
    ('')
      _tacho_commands "$at"
      ((\${#found})) && _describe command found
      ;;
  esac
}
# A file of the fpath is called by its name; anything else registers itself.
if [[ $funcstack[1] == _tacho ]]; then
  _tacho "$@"
else
  compdef _tacho tacho
fi
`;
}
