#!/usr/bin/env python3
"""Divides sources of ours into units, lists of which each can be compiled as one file:

    testing/tidy/compile_units.py MOST SOURCE...

prints a unit of at most MOST sources per line. Most that a compiler reads in a file of ours is
headers, so twenty as one take as long as a few alone. Sources that define the same name for
themselves go into different units; one that is looked at in a way of its own is a unit by itself.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# At the left margin of an unnamed namespace: a type, an alias, or the last name before what follows
# the name of a function or variable.
LOCAL_NAME = re.compile(
    r"^(?:template <.*> )?(?:(?:class|struct|union|enum(?: class)?|concept) (\w+)"
    r"|using (\w+) =|(?!using )[\w:<][^={;(]*?\b(\w+) ?(?:\(|=|\{|\[|;))")


def local_names(text):
    """Returns the names that a source defines for itself, as far as its layout tells."""
    names = set()
    parts = re.findall(r"^namespace \{$(.*?)^\}  // namespace$", text, re.MULTILINE | re.DOTALL)
    for part in parts:
        for line in part.splitlines():
            match = LOCAL_NAME.match(line)
            if match:
                names.add(match.group(match.lastindex))
    return names


def is_program(text):
    """Returns whether a source has main() and, defining nothing elsewhere, fits a namespace."""
    elsewhere = r"^(?:namespace \w+ \{|extern \"C\"|[A-Z_]+\()"
    return (re.search(r"^int main\(", text, re.MULTILINE) is not None
            and re.search(elsewhere, text, re.MULTILINE) is None)


def units_of(sources, most):
    """Returns the units, and the sources that are programs, of which none is in a unit."""
    units, programs = [], []
    for source in sources:
        text = (ROOT / source).read_text(encoding="utf-8")
        names = local_names(text)
        if is_program(text):
            programs.append(source)
            continue
        if re.search(r"^(?:int main\(|extern \"C\")", text, re.MULTILINE):
            units.append(([source], None))
            continue
        for members, taken in units:
            if taken is not None and len(members) < most and not taken & names:
                members.append(source)
                taken |= names
                break
        else:
            units.append(([source], set(names)))
    return [members for members, _ in units], programs


def main():
    """Prints the units of the sources that the command line names."""
    units, programs = units_of(sys.argv[2:], int(sys.argv[1]))
    for unit in units + [[program] for program in programs]:
        print(" ".join(unit))


if __name__ == "__main__":
    main()
