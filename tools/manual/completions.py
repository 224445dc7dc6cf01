"""What shells complete: verbs, options, and files where an option takes one."""

import shlex

from manual.help_pages import PROGRAM

FILES = {"FILE"}
FOLDERS = {"FOLDER"}
_ORIGIN = "made of the program's own --help by tools/make_manual.py"


def _verbs(pages):
    """(verb, its summary), of the first words; and of each verb with verbs of its own."""
    first = pages[0].commands
    second = {}
    for page in pages:
        if len(page.words) == 2:
            second.setdefault(page.words[0], []).append((page.words[1], page.summary))
    return first, second


def _takes_files(page):
    return any(each.names[0] == "FILE" for each in page.positionals)


def bash(pages):
    first, second = _verbs(pages)
    words = shlex.quote(" ".join([*first, "--help", "--version"]))
    lines = [f"# bash completion of {PROGRAM}, {_ORIGIN}", "", "_mllp_server() {",
             '  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}',
             '  local verb=${COMP_WORDS[1]} second=${COMP_WORDS[2]} options="" words="" files=""',
             "  COMPREPLY=()",
             "  if [ \"$COMP_CWORD\" -eq 1 ]; then",
             f"    mapfile -t COMPREPLY < <(compgen -W {words} -- \"$current\")",
             "    return", "  fi", '  case "$verb $second" in']
    for page in sorted(pages[1:], key=lambda each: -len(each.words)):
        pattern = f'"{" ".join(page.words)}"' if len(page.words) == 2 else f'"{page.words[0]} "*'
        lines.append(f"    {pattern})")
        options = " ".join(name for each in page.options for name in each.names)
        lines.append(f"      options={shlex.quote(options)}")
        if len(page.words) == 1 and page.words[0] in second:
            words = " ".join(word for word, _ in second[page.words[0]])
            lines.append(f'      [ "$COMP_CWORD" -ne 2 ] || words={shlex.quote(words)}')
        if _takes_files(page):
            lines.append("      files=1")
        for kind, action in ((FILES, "-f"), (FOLDERS, "-d")):
            names = [name for each in page.options if each.value in kind for name in each.names]
            if names:
                lines.append(f'      case $previous in {"|".join(names)}) mapfile -t COMPREPLY '
                             f'< <(compgen {action} -- "$current"); return ;; esac')
        others = [name for each in page.options
                  if each.value and each.value not in FILES | FOLDERS for name in each.names]
        if others:
            lines.append(f'      case $previous in {"|".join(others)}) return ;; esac')
        lines.append("      ;;")
    lines += ["  esac",
              '  if [[ $current == -* || ( -z $files && -z $words ) ]]; then words="$options"; fi',
              '  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")',
              '  if [[ -n $files && $current != -* ]]; then',
              '    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current")',
              "  fi", "}", "", f"complete -o filenames -F _mllp_server {PROGRAM}", ""]
    return "\n".join(lines)


def _zsh_text(text):
    for mark in ("\\", "'", "[", "]", ":"):
        text = text.replace(mark, "'\\''" if mark == "'" else "\\" + mark)
    return text


def _zsh_specs(page):
    for each in page.options:
        action = {"FILE": ":file:_files", "FOLDER": ":folder:_files -/"}.get(each.value)
        if action is None:
            action = f":{_zsh_text(each.value)}:" if each.value else ""
        excluded = " ".join(each.names)
        for name in each.names:
            yield f"'({excluded}){name}[{_zsh_text(each.text)}]{action}'"
    if _takes_files(page):
        yield "'*:file:_files'"


def zsh(pages):
    first, second = _verbs(pages)
    lines = [f"#compdef {PROGRAM}", f"# zsh completion of {PROGRAM}, {_ORIGIN}", "",
             "_mllp_server_specs() {", "  case $1 in"]
    for page in pages[1:]:
        lines.append(f"    '{' '.join(page.words)}') specs=(")
        lines += [f"      {spec}" for spec in _zsh_specs(page)]
        lines.append("    ) ;;")
    lines += ["    *) specs=() ;;", "  esac", "}", "", "_mllp_server() {", "  local -a verbs specs",
              "  if (( CURRENT == 2 )); then", "    verbs=("]
    lines += [f"      '{_zsh_text(verb)}:{_zsh_text(text)}'" for verb, text in first.items()]
    lines += ["    )", "    _describe command verbs", "    return", "  fi",
              "  local command=$words[2]", "  case $command in"]
    for verb, inner in second.items():
        lines += [f"    {verb})", "      if (( CURRENT == 3 )); then", "        verbs=("]
        lines += [f"          '{_zsh_text(word)}:{_zsh_text(text)}'" for word, text in inner]
        lines += ["        )", "        _describe command verbs", "      fi"]
        names = "|".join(word for word, _ in inner)
        lines += [f"      case $words[3] in {names})", '        command="$command $words[3]"',
                  "        shift words; (( CURRENT-- )) ;; esac", "      ;;"]
    lines += ["  esac", "  shift words; (( CURRENT-- ))", '  _mllp_server_specs "$command"',
              '  (( $#specs )) && _arguments -s $specs', "}", "", '_mllp_server "$@"', ""]
    return "\n".join(lines)


def _fish_text(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish(pages):
    first, second = _verbs(pages)
    start = f"complete -c {PROGRAM}"
    lines = [f"# fish completion of {PROGRAM}, {_ORIGIN}", f"{start} -f"]
    for verb, text in first.items():
        lines.append(f"{start} -n __fish_use_subcommand -a {verb} -d {_fish_text(text)}")
    for verb, inner in second.items():
        words = " ".join(word for word, _ in inner)
        unless = (f"'__fish_seen_subcommand_from {verb}; "
                  f"and not __fish_seen_subcommand_from {words}'")
        for word, text in inner:
            lines.append(f"{start} -n {unless} -a {word} -d {_fish_text(text)}")
    for page in pages[1:]:
        when = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in page.words)
        if len(page.words) == 1 and page.words[0] in second:
            words = " ".join(word for word, _ in second[page.words[0]])
            when += f"; and not __fish_seen_subcommand_from {words}"
        for each in page.options:
            names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
                             for name in each.names)
            kind = " -r -F" if each.value in FILES | FOLDERS else " -x" if each.value else ""
            lines.append(f"{start} -n '{when}' {names}{kind} -d {_fish_text(each.text)}")
        if _takes_files(page):
            lines.append(f"{start} -n '{when}' -F")
    return "\n".join(lines) + "\n"
