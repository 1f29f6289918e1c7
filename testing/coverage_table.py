"""Adds up what llvm-cov exported, file by file. Called by coverage.sh."""

import argparse
import collections
import datetime
import json
import re
import subprocess

TABLE = "testing/COVERAGE.md"
BEGIN = "<!-- The table is written by testing/coverage.sh --write. -->\n"
END = "<!-- End of the table. -->\n"


def source_of(path):
    """The path in the tree of what is measured; None for all else."""
    # Headers of api/ are compiled from where Bazel gives them their prefix.
    path = re.sub(r".*_virtual_includes/[^/]*/kinesis_core/(?=api/)", "", path)
    path = re.sub(r"^\./", "", path)
    measured = re.match(r"(kinesis_core|api)/", path) and not path.endswith("_test.cc")
    return path if measured and "/examples/" not in path and "/testdata/" not in path else None


def read_lines(lcov):
    """{file: {line: times it ran}}"""
    lines = collections.defaultdict(collections.Counter)
    path = None
    for row in open(lcov, encoding="utf-8"):
        if row.startswith("SF:"):
            path = source_of(row[3:].strip())
        elif row.startswith("DA:") and path:
            line, count = row[3:].split(",")[:2]
            lines[path][int(line)] += int(count)
    return lines


def read_branches(exported):
    """{file: {(line, column, way): times it was taken}}, over all instances of a template."""
    branches = collections.defaultdict(collections.Counter)
    with open(exported, encoding="utf-8") as file:
        data = json.load(file)["data"][0]
    for entry in data["files"]:
        path = source_of(entry["filename"])
        if not path:
            continue
        for line, column, _, _, taken, skipped, *_ in entry["branches"]:
            branches[path][(line, column, "taken")] += taken
            branches[path][(line, column, "not taken")] += skipped
    return branches


def covered(counter):
    return sum(1 for count in counter.values() if count > 0)


def share(part, whole):
    return "-" if whole == 0 else "%.1f %%" % (100.0 * part / whole)


def row(name, lines, branches):
    line_count, branch_count = sum(map(len, lines)), sum(map(len, branches))
    lines_run, branches_taken = sum(map(covered, lines)), sum(map(covered, branches))
    return "| %s | %d | %d | %s | %d | %d | %s |" % (
        name, line_count, line_count - lines_run, share(lines_run, line_count), branch_count,
        branch_count - branches_taken, share(branches_taken, branch_count))


def table(lines, branches):
    out = ["| file | lines | missed | covered | branches | missed | covered |",
           "|---|---:|---:|---:|---:|---:|---:|"]
    for path in sorted(lines):
        out.append(row("`%s`" % path, [lines[path]], [branches[path]]))
    for folder in ("kinesis_core/", "api/"):
        files = [path for path in lines if path.startswith(folder)]
        if files:
            out.append(row("**all of %s**" % folder, [lines[path] for path in files],
                           [branches[path] for path in files]))
    return "\n".join(out) + "\n"


def missed(lines, branches):
    for path in sorted(lines):
        for line in sorted(line for line, count in lines[path].items() if count == 0):
            print("%s:%d: never run" % (path, line))
        for line, column, way in sorted(branches[path]):
            if branches[path][(line, column, way)] == 0 and lines[path][line] > 0:
                print("%s:%d:%d: never %s" % (path, line, column, way))


def write(text):
    with open(TABLE, encoding="utf-8") as file:
        head, rest = file.read().split(BEGIN)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True,
                            text=True, check=True).stdout.strip()
    dated = "\n%s, at %s:\n\n" % (datetime.date.today().isoformat(), commit)
    with open(TABLE, "w", encoding="utf-8") as file:
        file.write(head + BEGIN + dated + text + "\n" + END + rest.split(END)[1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("exported")
    parser.add_argument("lcov")
    parser.add_argument("--missed", action="store_true")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    lines, branches = read_lines(arguments.lcov), read_branches(arguments.exported)
    text = table(lines, branches)
    print(text)
    if arguments.missed:
        missed(lines, branches)
    if arguments.write:
        write(text)


if __name__ == "__main__":
    main()
