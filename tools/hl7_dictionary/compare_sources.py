#!/usr/bin/env python3
"""Holds the dictionary against other people's tables.

    compare_sources.py DUMP FOLDER

DUMP is the program hl7_dictionary_dump, FOLDER holds the JSON files of two other projects
(fields, codes and events from one, structures from the other). Every difference must be in
accepted_differences.txt, and every line there must still be one. Ends with 77 where FOLDER
is not there.
"""

import collections
import json
import pathlib
import re
import subprocess
import sys

ACCEPTED = pathlib.Path(__file__).with_name("accepted_differences.txt")
FIELDS = "glion-segments-datatypes-2.1-2.8.2.json"
CODES = "glion-tables-2.1-2.8.2.json"
EVENTS = "glion-eventmap-2.1-2.8.2.json"
STRUCTURES = "hl7apy-structures-2.1-2.8.2.json"
SKIPPED = 77

# Names of one data type: theirs, ours; none where theirs has no type any more.
SAME_TYPE = {"var": "VARIES", "varies": "VARIES", "*": "VARIES", "NUL": None}


def main(dump: str, folder: pathlib.Path) -> int:
    if not (folder / FIELDS).exists():
        print(f"skipped: no tables to compare with at {folder}")
        return SKIPPED
    theirs_events = read(folder, EVENTS)
    ours = read_dump(dump, theirs_events)
    found = set()
    found |= compare_fields(ours, read(folder, FIELDS))
    found |= compare_codes(ours, read(folder, CODES))
    found |= compare_events(ours, theirs_events)
    found |= compare_structures(ours, read(folder, STRUCTURES))
    accepted = read_accepted()
    for each in sorted(found - accepted):
        print(f"not accepted: {' '.join(each)}")
    for each in sorted(accepted - found):
        print(f"accepted, but no difference: {' '.join(each)}")
    print(f"{len(found)} differences, {len(accepted)} accepted")
    return 0 if found == accepted else 1


def read(folder: pathlib.Path, name: str):
    return json.loads((folder / name).read_text(encoding="utf-8"))


def read_dump(dump: str, events) -> dict:
    """The dictionary: kind to version (or table) to what."""
    asked = "".join(f"{version} {name.replace('_', ' ')}\n" for version, names in events.items()
                    for name in names if re.fullmatch(r"[A-Z0-9]{3}_\w{3}", name))
    told = subprocess.run([dump], input=asked, capture_output=True, text=True, check=True)
    ours: dict = {kind: collections.defaultdict(dict)
                  for kind in ("field", "component", "structure", "event", "code")}
    for line in told.stdout.splitlines():
        kind, owner, *cells = line.split("\t")
        if kind in ("field", "component"):
            segment, at, data_type, optionality, repetitions, _, table, _ = cells
            ours[kind][owner].setdefault(segment, {})[int(at)] = (
                data_type, optionality == "R", repetitions != "1", int(table))
        elif kind == "code":
            ours[kind][int(owner)][cells[0]] = True
        else:
            ours[kind][owner][cells[0]] = cells[1]
    return ours


def compare_fields(ours, theirs) -> set:
    found = set()
    for version, segments in ours["field"].items():
        known = theirs[version]["segments"]
        for name in known.keys() - segments.keys():
            found.add(("segment-missing", version, name))
        for name, fields in segments.items():
            if name in known:
                other = {field["seq"]: field for field in known[name]["fields"]}
                found |= compare_segment((version, name), fields, other)
    return found


def compare_segment(place, ours, theirs) -> set:
    version, segment = place
    found = set()
    for at in ours.keys() | theirs.keys():
        where = f"{segment}-{at}"
        if at not in ours or at not in theirs:
            found.add(("field-missing" if at not in ours else "field-more", version, where))
            continue
        data_type, required, repeats, _ = ours[at]
        other = theirs[at]
        if required != other["req"]:
            found.add(("required" if required else "not-required", version, where))
        if repeats != other["rep"]:
            found.add(("repeats" if repeats else "repeats-not", version, where))
        other_type = SAME_TYPE.get(other["type"], other["type"])
        if other_type and base_type(data_type) != base_type(other_type):
            found.add(("type", version, f"{where}:{data_type}:{other_type}"))
    return found


def base_type(name: str) -> str:
    return name.split("_")[0]


def compare_codes(ours, theirs) -> set:
    """Codes that a field or component of type ID may hold and that we do not know."""
    found = set()
    for version, tables in theirs.items():
        used = {table for kind in ("field", "component")
                for fields in ours[kind].get(version, {}).values()
                for data_type, _, _, table in fields.values() if data_type == "ID"}
        for number in used & ours["code"].keys():
            for code in tables.get(f"{number:04}", {}).get("codes", {}):
                if code not in ours["code"][number]:
                    found.add(("code-missing", f"{number:04}", code.replace(" ", "_")))
    return found


def compare_events(ours, theirs) -> set:
    return {("event", version, f"{name}:{ours['event'][version][name] or 'none'}:{structure}")
            for version in ours["field"] for name, structure in theirs[version].items()
            if name in ours["event"][version] and ours["event"][version][name] != structure}


def compare_structures(ours, theirs) -> set:
    found = set()
    for version, structures in ours["structure"].items():
        known = theirs[version.replace("2.7.1", "2.7")]["structures"]
        for name, drawn in structures.items():
            if name in known and drawn != draw(known[name], name):
                found.add(("structure", version, name))
    return found


def draw(nodes, name: str) -> str:
    if isinstance(nodes, dict):
        nodes = nodes["c"]
    return " ".join(draw_node(node, name) for node in nodes)


def draw_node(node, name: str) -> str:
    own, kind, least, most, *below = node
    choice = bool(below) and isinstance(below[0], dict)
    shown = "CHOICE" if choice else own.replace(f"{name}_", "") if kind == "GRP" else own
    inside = f"[{draw(below[0], name)}]" if below else ""
    return f"{shown}:{least}:{max(most, 0)}{inside}"


def read_accepted() -> set:
    """Each line: what, which version or table, and the places; # begins the reason."""
    accepted = set()
    for line in ACCEPTED.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        kind, owner, *places = line.split()
        accepted |= {(kind, owner, place) for place in places}
    return accepted


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2])))
