import { namesOfList } from './posix.ts';
import type { CompletionPlan } from './plan.ts';

/** Completion for fish 3 and later. */
export function fishCompletion({ commands, options, actions }: CompletionPlan): string {
  const described = (map: CompletionPlan['commands']): string =>
    [...map]
      .filter(([, words]) => words.length > 0)
      .map(
        ([path, words]) =>
          `        case ${quoted(path)}\n            printf '%s\\t%s\\n' ${words.flatMap(({ word, description }) => [quoted(word), quoted(description)]).join(' ')}`,
      )
      .join('\n');
  return `# fish completion of tacho; to load it now: tacho completion fish | source
function __tacho_commands
    switch "$argv[1]"
${described(commands)}
    end
end
function __tacho_options
    switch "$argv[1]"
${described(options)}
    end
end
function __tacho_action
    switch "$argv[1]"
${[...actions].map(([action, places]) => `        case ${places.map(quoted).join(' ')}\n            echo ${quoted(action)}`).join('\n')}
    end
end
function __tacho_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l path ''
    set -l place ''
    set -l position 1
    set -l only_arguments ''
    set -l connection
    for word in $words[2..-1]
        if test -n "$place"
            set -l option (string split ' ' -- $place)[-1]
            if contains -- $option -d --data --url --token-file
                set -a connection $option (string replace -r '^~/' "$HOME/" -- $word)
            end
            set place ''
            continue
        end
        switch $word
            case --
                set only_arguments 1
            case '-*=*'
            case '-*'
                if test -n "$(__tacho_action "$path $word")"
                    set place "$path $word"
                end
            case '*'
                if contains -- $word (__tacho_commands "$path" | string split -f 1 \\t)
                    set path (string trim -- "$path $word")
                else
                    set position (math $position + 1)
                end
        end
    end
    if test -z "$place" -a -z "$only_arguments"; and string match -q -- '-*' $current
        __tacho_options "$path"
        return
    end
    set -l key "$path $position"
    test -n "$place"; and set key $place
    set -l action (string split -m 1 ' ' -- (__tacho_action $key))
    switch "$action[1]"
        case words
            string split ' ' -- $action[2]
        case names
            tacho $action[2] list $connection --json 2>/dev/null </dev/null | ${namesOfList(quoted)}
        case files
            __fish_complete_path $current
        case directories
            __fish_complete_directories $current
        case ''
            __tacho_commands "$path"
    end
end
complete -c tacho -f -a '(__tacho_complete)'
`;
}

/** A text as one word of fish: in single quotes only the backslash and the quote are escaped. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
