import { COMPLETED, type CompletionNode, quoted, valueFlags } from './completion-tree.ts';

/**
 * For bash, from 3.2 on, without the package bash-completion. Where there is nothing to offer, bash offers files.
 */
export function bashCompletion(nodes: readonly CompletionNode[]): string {
  return `# bash completion of secretscope; load it with: source <(secretscope completion bash)
_secretscope() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" place='' word takes='' i offers=''
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
${walk(nodes)}
  done
  if [[ -n $takes ]]; then
    case "$takes" in
${valueCases(nodes, (values) => `offers=${quoted(values.join(' '))}`)}
    esac
  elif [[ $cur == -* ]]; then
    case "$place" in
${nodes.map((node) => `      ${quoted(node.path.join(' '))}) offers=${quoted(node.flags.flatMap(({ names }) => names).join(' '))} ;;`).join('\n')}
    esac
  else
    case "$place" in
${nodes
  .filter(({ verbs, words }) => verbs.length + words.length > 0)
  .map(
    (node) =>
      `      ${quoted(node.path.join(' '))}) offers=${quoted([...node.verbs.map(({ name }) => name), ...node.words].join(' '))} ;;`,
  )
  .join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$offers" -- "$cur"))
}
complete -o bashdefault -o default -F _secretscope ${COMPLETED.join(' ')}`;
}

/** For zsh, with what each verb and flag does. */
export function zshCompletion(nodes: readonly CompletionNode[]): string {
  return `#compdef ${COMPLETED.join(' ')}
# zsh completion of secretscope; keep it as _secretscope in a folder of $fpath
_secretscope() {
  local place='' word takes='' i
  local -a offers
  for ((i = 2; i < CURRENT; i++)); do
    word="$words[i]"
${walk(nodes)}
  done
  if [[ $place == -- ]]; then
    _files
    return
  fi
  if [[ -n $takes ]]; then
    case "$takes" in
${valueCases(nodes, (values) => `offers=(${values.map(quoted).join(' ')})`)}
      *) _files; return ;;
    esac
    _describe 'value' offers
  elif [[ $words[CURRENT] == -* ]]; then
    case "$place" in
${nodes.map((node) => `      ${quoted(node.path.join(' '))}) offers=(${node.flags.flatMap(({ names, summary }) => names.map((name) => described(name, summary))).join(' ')}) ;;`).join('\n')}
    esac
    _describe -o 'flag' offers
  else
    case "$place" in
${nodes
  .filter(({ verbs, words }) => verbs.length + words.length > 0)
  .map(
    (node) =>
      `      ${quoted(node.path.join(' '))}) offers=(${[...node.verbs.map(({ name, summary }) => described(name, summary)), ...node.words.map(quoted)].join(' ')}) ;;`,
  )
  .join('\n')}
    esac
    _describe 'verb' offers
  fi
}
if [[ $funcstack[1] == _secretscope ]]; then _secretscope "$@"; else compdef _secretscope ${COMPLETED.join(' ')}; fi`;
}

/** Follows the words so far: which verb it is, and whether the last one wants a value. The same in both shells. */
function walk(nodes: readonly CompletionNode[]): string {
  const places = nodes.filter(({ path }) => path.length > 0).map(({ path }) => quoted(path.join(' ')));
  const flags = valueFlags(nodes).flatMap(({ path, flag }) =>
    flag.names.map((name) => quoted(`${path} ${name}`)),
  );
  return `    if [[ -n $takes ]]; then
      takes=''
      continue
    fi
    # what follows belongs to another program
    if [[ $word == -- ]]; then
      place='--'
      break
    fi
    case "$place $word" in
      ${flags.join(' | ')}) takes="$place $word" ;;
    esac
    case "\${place:+$place }$word" in
      ${places.join(' | ')}) place="\${place:+$place }$word" ;;
    esac`;
}

function valueCases(nodes: readonly CompletionNode[], offer: (values: readonly string[]) => string): string {
  return valueFlags(nodes)
    .filter(({ flag }) => flag.values.length > 0)
    .map(({ path, flag }) => {
      const cases = flag.names.map((name) => quoted(`${path} ${name}`)).join(' | ');
      return `      ${cases}) ${offer(flag.values)} ;;`;
    })
    .join('\n');
}

/** zsh parts name and summary at the first colon. */
function described(name: string, summary: string): string {
  return quoted(`${name.replaceAll(':', '\\:')}:${summary}`);
}
