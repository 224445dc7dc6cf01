"""Man pages, in the language of man(7)."""

import re

from manual.help_pages import PROGRAM


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("^", "\\(ha")
    text = text.replace("~", "\\(ti").replace("`", "\\(ga").replace("'", "\\(aq")
    return "\\&" + text if text.startswith(".") else text


def head(name, section, date, version, title):
    source = f"{PROGRAM} {version}"
    return [f'.TH "{escape(name.upper())}" "{section}" "{date}" "{source}" "MLLP Server"',
            ".SH NAME", f"{escape(name)} \\- {escape(title)}"]


def literal(lines):
    return [".nf", *(escape(line) if line.strip() else "\\&" for line in lines), ".fi"]


def sentence(text):
    """As NAME wants it: begins small, without a full stop."""
    first = text.split(". ")[0].split(": ")[0].rstrip(".:")
    return first[:1].lower() + first[1:] if not first[:2].isupper() else first


def options_of(options):
    for each in options:
        names = ", ".join(f"\\fB{escape(name)}\\fR" for name in each.names)
        value = f" \\fI{escape(each.value)}\\fR" if each.value and each.value != "..." else ""
        yield from (".TP", names + value, escape(each.text))


def page(content, every, date, version):
    """The page of the program or of one of its verbs. `every` are all pages."""
    title = sentence(content.summary.removeprefix(PROGRAM + " "))
    lines = head(content.name, 1, date, version, title)
    usage = content.usage.replace(" REQUIRED", "")
    lines += [".SH SYNOPSIS", f"\\fB{escape(usage.split(' [')[0])}\\fR"
              + escape(usage[len(usage.split(" [")[0]):])]
    lines += [".SH DESCRIPTION", escape(content.summary)]
    loose = [block for block in content.footer if not block[0]]
    for _, block in loose:
        lines += [".PP", *literal(block)]
    if content.commands:
        lines.append(".SH COMMANDS")
        for verb, text in content.commands.items():
            lines += [".TP", f"\\fB{escape(verb)}\\fR", escape(text)]
    if content.positionals or content.options:
        lines += [".SH OPTIONS", *options_of(content.positionals), *options_of(content.options)]
    for heading, block in content.footer:
        if heading:
            lines += [f'.SH "{escape(heading.upper())}"', *literal(block)]
    lines += [".SH SEE ALSO", *see_also(content, every)]
    return "\n".join(lines) + "\n"


def see_also(content, every):
    others = [(each.name, 1) for each in every if is_near(content, each)]
    others.append((PROGRAM + "-settings", 5))
    return [f"\\fB{escape(name)}\\fR({section})" + ("," if at < len(others) else "")
            for at, (name, section) in enumerate(others, 1)]


def is_near(content, other):
    if other is content:
        return False
    if not content.words:
        return True
    return not other.words or other.words[0] == content.words[0]


def settings(reference, date, version):
    """mllp-server-settings(5), of the page that `config --reference` writes."""
    lines = head(PROGRAM + "-settings", 5, date, version, "what can be set, and how")
    lines.append(".SH DESCRIPTION")
    introduction, _, table = reference.partition("\n| setting |")
    paragraphs = [plain(" ".join(each.split())) for each in introduction.split("\n\n")
                  if not each.startswith("#") and "settings_table" not in each]
    lines += "\n.PP\n".join(map(escape, paragraphs)).splitlines()
    lines.append(".SH SETTINGS")
    for row in table.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]
        if len(cells) != 6 or not cells[0].startswith("`"):
            continue
        name, default, value, scope, reloaded, text = map(plain, cells)
        lines += [".TP", f"\\fB{escape(name)}\\fR", escape(text), ".br"]
        facts = [f"Default: {default or 'none'}"]
        facts += [f"value: {value}"] if value else []
        facts += [f"scope: {scope}", f"reloaded on SIGHUP: {reloaded}"]
        lines.append(escape("; ".join(facts) + "."))
    lines += [".SH SEE ALSO", f"\\fB{escape(PROGRAM)}\\fR(1)"]
    return "\n".join(lines) + "\n"


def plain(text):
    return re.sub(r"\*+(\w[^*|]*)\*+", r"\1", text.replace("`", "")).replace("\\|", "|")
