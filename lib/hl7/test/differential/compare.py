#!/usr/bin/env python3
"""The library against python-hl7, an independent reader: for every file of the shared
corpus that both can read, each field, repetition, component and subcomponent is the same.

    compare.py <hl7_dump> <corpus folder>

Exit code 77 (skipped) without the package or the corpus. Differences that are known stand
in KNOWN, each with its reason; one that is gone is an error, too.
"""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

SKIPPED = 77

ENVELOPE = r"(^|(?<=\r))[ \t]*(FHS|BHS|BTS|FTS)(?=[^A-Za-z0-9 ])"

# Python's codec for a set, where delimiters must be looked for in decoded text.
CODECS = {
    "ASCII": "ascii", "UNICODE UTF-8": "utf-8", "8859/1": "latin-1", "8859/2": "iso8859-2",
    "8859/3": "iso8859-3", "8859/4": "iso8859-4", "8859/5": "iso8859-5", "8859/6": "iso8859-6",
    "8859/7": "iso8859-7", "8859/8": "iso8859-8", "8859/9": "iso8859-9",
    "8859/15": "iso8859-15", "ISO IR87": "iso2022_jp_2", "ISO IR159": "iso2022_jp_2",
    "JIS X 0202": "iso2022_jp_2", "GB 18030-2000": "gb18030", "KS X 1001": "cp949",
    "BIG-5": "cp950", "Shift_JIS": "cp932", "windows-1252": "cp1252",
}

# Where it differs, and why we do not follow.
STRIPS = "it drops blanks at the end of the text, which belong to the last value"
SHORT_MSH = "it looks for the end of MSH-2 in the next segment where nothing follows"
EMPTY = "it drops the empty field behind MSH-2 where nothing follows"
DEFAULTS = "it takes default delimiters for those that MSH-2 leaves out"
ENDED = "a line of an envelope inside a message ends it here; there compare.py cuts it out"

DIFFERENCES = {
    ENDED: {
        "cosyte__hl7": "parser-batch.test-ADT_A01-354",
        "johnpaulett__python-hl7/odd":
            "samples-ADT_A04-115 samples-ADT_A04-272 samples-ADT_A04-289",
    },
    STRIPS: {
        "cdcgov__prime-reportstream":
            "RadxMarsTests-ORU_R01-18",
        "cdcgov__prime-reportstream/odd":
            "HL7ReaderTests-OML_O21-287 HL7ReaderTests-ORM_O01-251 HL7ReaderTests-ORM_O01-263 "
            "HL7ReaderTests-ORU_R01-180 HL7ReaderTests-ORU_R01-299 "
            "HL7ReaderTests-TEST_O01-311",
        "hapifhir__hapi-hl7v2/odd":
            "EncodingCharactersTest-ORU_R01-14 EscapeTest-ORU_R01-114 "
            "NewPipeParserTest-ORU_R01-493",
        "linuxforhealth__hl7v2-fhir-converter":
            "IssueFixTest-VXU_V04-51 SegmentUtilTest-VXU_V04-347",
        "microsoft__fhir-converter":
            "GeneralFiltersTests-ADT_A01-104 Hl7v2TraceInfoTests-ADT_A01-48",
        "nhapinet__nhapi/odd":
            "LegacyPipeParserV24Tests-ORU_R01-315",
    },
    SHORT_MSH: {
        "cosyte__hl7/odd":
            "malformed-mid-batch malformed-mid-stream msh-too-short",
        "hapifhir__hapi-hl7v2/odd":
            "NewPipeParserTest-x-584 NewPipeParserTest-x-613 VariesTest-x-111 "
            "VariesTest-x-141 VariesTest-x-158 VariesTest-x-225 VariesTest-x-341 "
            "VariesTest-x-53 VariesTest-x-81",
    },
    EMPTY: {
        "cdcgov__prime-reportstream/odd":
            "ProcessFhirCommands-x-618",
        "johnpaulett__python-hl7/odd":
            "test_construction-x-48",
    },
    DEFAULTS: {
        "cosyte__mllp/odd":
            "ack-mode-read.test-ACK-262",
    },
}

KNOWN = {f"{folder}/{name}.hl7": reason for reason, folders in DIFFERENCES.items()
         for folder, names in folders.items() for name in names.split()}


def main() -> int:
    dump, corpus = sys.argv[1], Path(sys.argv[2])
    sys.path.append("/usr/lib/python3/dist-packages")  # Debian's, whichever Python runs this
    try:
        import hl7
    except ImportError:
        print("skipped: the package python3-hl7 is not installed")
        return SKIPPED
    if not (corpus / "index.tsv").exists():
        print(f"skipped: no corpus at {corpus}; set MLLP_SHARED")
        return SKIPPED
    with open(corpus / "index.tsv", encoding="utf-8") as index:
        paths = [row["path"] for row in csv.DictReader(index, delimiter="\t",
                                                       quoting=csv.QUOTE_NONE)]
    listed = "".join(f"{corpus / path}\n" for path in paths)
    printed = subprocess.run([dump], input=listed.encode(), capture_output=True, check=True).stdout
    lines = printed.decode().split("\n")[:-1]
    assert len(lines) == len(paths)

    counts = {"same": 0, "only here": 0, "only there": 0, "neither": 0}
    leaves = 0
    found = {}
    for path, line in zip(paths, lines):
        ours = json.loads(line)
        theirs = read(hl7, (corpus / path).read_bytes(), ours)
        if not ours or not theirs:
            counts["only there" if theirs else "only here" if ours else "neither"] += 1
            continue
        messages = [without_blank(message["segments"]) for message in ours]
        difference = compare(messages, theirs)
        if difference:
            found[path] = difference
        else:
            counts["same"] += 1
            leaves += count(messages)
    return report(counts, leaves, found)


def report(counts: dict, leaves: int, found: dict) -> int:
    print(f"{len(found.keys() - KNOWN.keys())} unknown differences; " +
          ", ".join(f"{name}: {number}" for name, number in counts.items()) +
          f", known to differ: {len(KNOWN)}; {leaves} values compared")
    failed = False
    for path in sorted(found.keys() | KNOWN.keys()):
        if path not in KNOWN:
            print(f"differs: {path}: {found[path]}")
            failed = True
        elif path not in found:
            print(f"no longer differs: {path}: take it off the list")
            failed = True
    if counts["same"] < 1400:
        print("too few files were compared")
        failed = True
    return 1 if failed else 0


def read(hl7, octets: bytes, ours: list) -> list:
    """python-hl7's trees, in the shape of ours; none where it refuses."""
    codec = CODECS.get(ours[0]["codec"], "latin-1") if ours else "latin-1"
    text = octets.decode(codec, "replace").replace("\r\n", "\r").replace("\n", "\r")
    texts = [text]
    if re.search(ENVELOPE, text):  # its lines belong to no message
        text = re.sub(ENVELOPE + r"[^\r]*\r?", "", text)
        texts = re.split(r"(?:^|(?<=\r))(?=MSH)", text)[1:]
    try:
        messages = [hl7.parse(each) for each in texts]
    except Exception:  # it has no common base for what it raises
        return []
    return [without_blank([level(field, 3) for field in segment] for segment in message)
            for message in messages]


def without_blank(segments) -> list:
    return [segment for segment in segments if not blank(segment)]


def level(part, depth: int):
    """Lists as deep as `depth`: it leaves out levels that do not cut."""
    if depth == 0:
        while not isinstance(part, str):
            part = part[0]
        return part
    if isinstance(part, str):
        return [level(part, depth - 1)]
    return [level(each, depth - 1) for each in part] or [level("", depth - 1)]


def blank(part) -> bool:
    return not part.strip(" \t") if isinstance(part, str) else \
        len(part) <= 1 and all(blank(each) for each in part)


def count(part) -> int:
    return 1 if isinstance(part, str) else sum(count(each) for each in part)


def compare(ours, theirs, place=()):
    """The first place where they differ, without what stands there; None if nowhere."""
    if isinstance(ours, str) or isinstance(theirs, str):
        return None if ours == theirs else f"value at {place}"
    if len(ours) != len(theirs):
        return f"{len(ours)} parts here, {len(theirs)} there, at {place}"
    for index, (our, their) in enumerate(zip(ours, theirs)):
        difference = compare(our, their, place + (index,))
        if difference:
            return difference
    return None


if __name__ == "__main__":
    sys.exit(main())
