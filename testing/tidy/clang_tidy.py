#!/usr/bin/env python3
"""Runs clang-tidy, with the checks of .clang-tidy, over what is not a test:

    testing/tidy/clang_tidy.py                 kinesis_core and api
    testing/tidy/clang_tidy.py api/json        these folders, and those below them
    testing/tidy/clang_tidy.py api/client.cc   these files

Nearly all that clang-tidy looks at in one file of ours is the headers of others, so sources are put
together and checked as one file, in the units of compile_units.py; programs go into one in which
each has a namespace. What does not compile like that is checked one by one, so how sources are put
together never decides what is found.

Ends with an error if there is a finding.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
# pylint: disable-next=wrong-import-position  # After the line that keeps the source tree as it is.
from compile_units import ROOT, is_program, units_of

# Folders below the root's that are included as kinesis_core/FOLDER.
FORWARDED = ("api", "testing")
MOST_SOURCES = 48


def sources_of(arguments):
    """Returns the sources to check, and the headers beside them."""
    sources, headers = [], []
    for argument in arguments:
        path = ROOT / argument
        found = [path] if path.is_file() else sorted(path.rglob("*.cc")) + sorted(path.rglob("*.h"))
        for file in found:
            name = file.relative_to(ROOT).as_posix()
            if re.search(r"_test\.cc$|^testing/packages/|\.inc\.", name):
                continue
            (headers if file.suffix == ".h" else sources).append(name)
    return sources, headers


def in_own_namespace(own, namespace):
    """Returns the lines of a program, each with its number, so that others may stand beside it."""
    lines = list(zip(own, range(1, len(own) + 1)))
    begin = max(i for i, line in enumerate(own) if line.startswith("#include ")) + 1
    main_begin = next(i for i, line in enumerate(own) if line.startswith("int main("))
    is_one_line = own[main_begin].endswith("}")
    main_end = main_begin if is_one_line else own.index("}", main_begin)
    # No other function may end without it.
    has_result = is_one_line or own[main_end - 1].startswith("  return ")
    result = [] if has_result else [("  return 0;", main_end)]
    return (lines[:begin] + [(f"namespace {namespace} {{", begin)] + lines[begin:main_end] + result
            + lines[main_end:] + [("}", len(own))])


def put_together(members, headers):
    """Returns the lines of one file, and for each the place it comes from."""
    lines, places, included = [], [], set()
    for header in headers:
        lines.append(f'#include "{as_included(header)}"')
        places.append(f"{header}:1")
    for count, member in enumerate(members):
        text = (ROOT / member).read_text(encoding="utf-8")
        own = text.splitlines()
        includes = {line for line in own if line.startswith("#include ")}
        numbered = list(zip(own, range(1, len(own) + 1)))
        if len(members) > 1 and is_program(text):
            numbered = in_own_namespace(own, f"program_{count}")
        # What an earlier source includes is there already.
        lines += ["" if line in included else line for line, _ in numbered]
        places += [f"{member}:{number}" for _, number in numbered]
        included |= includes
    return lines, places


def check(folder, name, members, headers=()):
    """Returns what clang-tidy says of members, put together as one file; empty if nothing."""
    unit = folder / f"{name}.cc"
    lines, places = put_together(members, headers)
    unit.write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = subprocess.run(
        ["clang-tidy", "--quiet", "--warnings-as-errors=*", f"--config-file={ROOT}/.clang-tidy",
         str(unit), "--", "-xc++", "-std=c++20", f"-I{folder}/include", f"-I{ROOT}"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode == 0:
        return ""
    if len(members) > 1 and "[clang-diagnostic-error" in result.stdout:
        print(f"one by one, since they do not compile as one: {' '.join(members)}", flush=True)
        return "".join(check(folder, f"{name}_{i}", [member]) for i, member in enumerate(members))
    text = re.sub(re.escape(str(unit)) + r":(\d+)",
                  lambda place: places[int(place.group(1)) - 1], result.stdout)
    return text.replace(f"{folder}/include/", "")


def as_included(header):
    """Returns how a header is included."""
    return f"kinesis_core/{header}" if header.split("/")[0] in FORWARDED else header


def forward(includes):
    """Makes the folder in which kinesis_core/api/... is found, as in a build."""
    (includes / "kinesis_core").mkdir(parents=True)
    for path in [ROOT / name for name in FORWARDED] + list((ROOT / "kinesis_core").iterdir()):
        (includes / "kinesis_core" / path.name).symlink_to(path)


def main():
    """Checks what the command line names."""
    sources, headers = sources_of(sys.argv[1:] or ["kinesis_core", "api"])
    units, programs = units_of(sources, MOST_SOURCES)
    units += [programs] if programs else []
    # The headers take long: begun last, they would leave the other processors idle in the end.
    jobs = [("headers", [], headers)] if headers else []
    jobs += [(f"unit_{i}", members) for i, members in enumerate(units)]
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        forward(folder / "include")
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            found = [text for text in pool.map(lambda job: check(folder, *job), jobs) if text]
    print("".join(found), end="")
    print(f"clang-tidy: {len(sources)} sources and {len(headers)} headers looked at, "
          f"as {len(jobs)} files; {len(found)} of these with findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
