#!/usr/bin/env python3
"""Breaks the code on purpose, one place at a time, and prints which tests find out.

  testing/mutants/run.py                    every mutant of every list here
  testing/mutants/run.py NAME...            these
  testing/mutants/run.py --list             their names, and whether each still fits the code
  testing/mutants/run.py --folder F         in the scratch folder F, which speeds up the next run

By hand, when tests or what they test have changed; not in CI: a mutant takes as long as building
and running what should catch it. A mutant that survives is a test that is missing.

A list, *.mutants, has entries like this one, and lines between them that begin with "#":

  mutant: name-of-the-mutant
  why: what a user would see
  file: kinesis_core/internal/log/ring_log.h
  tests: //kinesis_core/internal/log:ring_log_test //testing/litmus:ring_log_litmus_test
  filter: RingLog.Keeps*:RingLog.Seeks*
  <<<<
  the text to find, which is there once
  ====
  what is there instead
  >>>>

`filter` is optional: the tests of the programs that are run, in Google Test's syntax. Each program
has so many seconds (--seconds); one that hangs says so itself then (testing/watchdog.h).
"""

import argparse
import collections
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
Mutant = collections.namedtuple("Mutant", "name why file tests filter find replace")


def fail(message):
    sys.exit("mutants: " + message)


def parse(path):
    mutants, fields, part, texts = [], {}, None, None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if part is not None:
            if line == "====" and part == "find":
                part = "replace"
            elif line == ">>>>":
                mutants.append(Mutant(fields["mutant"], fields["why"], fields["file"],
                                      fields["tests"].split(), fields.get("filter", ""),
                                      "\n".join(texts["find"]), "\n".join(texts["replace"])))
                fields, part = {}, None
            else:
                texts[part].append(line)
        elif line == "<<<<":
            missing = {"mutant", "why", "file", "tests"} - fields.keys()
            if missing:
                fail(f"{path}:{number}: no {', '.join(sorted(missing))}")
            part, texts = "find", {"find": [], "replace": []}
        elif line and not line.startswith("#"):
            key, colon, value = line.partition(": ")
            if not colon or key not in ("mutant", "why", "file", "tests", "filter"):
                fail(f"{path}:{number}: not a field: {line}")
            fields[key] = value
    if fields or part:
        fail(f"{path}: the last entry has no end")
    return mutants


def read_all():
    mutants = [m for path in sorted(pathlib.Path(__file__).parent.glob("*.mutants"))
               for m in parse(path)]
    names = collections.Counter(m.name for m in mutants)
    for name, count in names.items():
        if count > 1:
            fail(f"two mutants are called {name}")
    return mutants


def misfit(mutant, root):
    """Why the mutant cannot be applied; None if it can."""
    path = root / mutant.file
    if not path.exists():
        return "its file is gone"
    count = path.read_text(encoding="utf-8").count(mutant.find)
    return None if count == 1 else f"its text is there {count} times"


def copy_tree(folder):
    """Brings the folder to the state of the tree, and leaves alone what has not changed."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout.split("\n")
    wanted = {name for name in listed if name and (ROOT / name).is_file()}
    if (ROOT / "user.bazelrc").exists():
        wanted.add("user.bazelrc")
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.is_file() and not name.startswith("bazel-") and name not in wanted:
            path.unlink()
    for name in wanted:
        source, target = ROOT / name, folder / name
        if target.exists() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def bazel_test(folder, tests, filter_, seconds):
    command = ["bazel", "test", "--keep_going", "--noshow_progress", "--test_output=errors",
               f"--test_timeout={2 * seconds}", f"--test_env=KINESIS_TEST_WATCHDOG={seconds}",
               "--symlink_prefix=/", *tests]
    if filter_:
        command.append(f"--test_filter={filter_}")
    return subprocess.run(command, cwd=folder, check=False, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def verdict_of(result):
    """("caught", by what), ("survived", "") or ("broken", why)."""
    output = result.stdout
    if result.returncode == 0:
        return "survived", ""
    if result.returncode != 3:  # tests failed; all else is a build that failed
        errors = re.findall(r"^.*\berror: .*$", output, re.MULTILINE)
        return "broken", errors[0] if errors else output.strip().split("\n")[-1]
    caught = []
    for line in output.split("\n"):
        hang = re.match(r"\[  HANGS   \] (\S+) .*?(It waits for.*)", line)
        failed = re.match(r"\[  FAILED  \] (\w[\w/]*\.[\w/]+)(, where.*)?$", line)
        if hang:
            caught.append(f"{hang[1]} (hangs. {hang[2]})")
        elif failed and failed[1] not in caught:
            caught.append(failed[1])
    if not caught:
        caught = [match[1] + " " + match[2].lower() for match in re.finditer(
            r"^(//\S+) +(FAILED|TIMEOUT)\b", output, re.MULTILINE)]
    return "caught", ", ".join(caught)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=100)
    arguments = parser.parse_args()

    mutants = read_all()
    unknown = set(arguments.names) - {m.name for m in mutants}
    if unknown:
        fail("no mutants are called " + ", ".join(sorted(unknown)))
    if arguments.names:
        mutants = [m for m in mutants if m.name in arguments.names]
    misfits = {m.name: misfit(m, ROOT) for m in mutants}
    if arguments.list:
        for m in mutants:
            print(f"{m.name:44} {misfits[m.name] or m.file}")
        sys.exit(1 if any(misfits.values()) else 0)

    folder = arguments.folder or pathlib.Path(tempfile.mkdtemp(prefix="mutants."))
    folder.mkdir(parents=True, exist_ok=True)
    copy_tree(folder)
    tests = sorted({test for m in mutants for test in m.tests})
    print(f"# {len(mutants)} mutants in {folder}; first the {len(tests)} test programs as they are",
          flush=True)
    whole = bazel_test(folder, tests, "", 10 * arguments.seconds)
    if whole.returncode != 0:
        print(whole.stdout)
        fail("they do not pass")

    counts = collections.Counter()
    print("| mutant | | found by | s |\n|---|---|---|---|", flush=True)
    for m in mutants:
        begin = time.monotonic()
        if misfits[m.name]:
            verdict, text = "broken", misfits[m.name]
        else:
            path = folder / m.file
            original = path.read_text(encoding="utf-8")
            path.write_text(original.replace(m.find, m.replace), encoding="utf-8")
            try:
                verdict, text = verdict_of(bazel_test(folder, m.tests, m.filter,
                                                      arguments.seconds))
            finally:
                path.write_text(original, encoding="utf-8")
        counts[verdict] += 1
        shown = {"caught": "caught", "survived": "**SURVIVED**", "broken": "**broken**"}[verdict]
        print(f"| {m.name} | {shown} | {text or m.why} | {time.monotonic() - begin:.0f} |",
              flush=True)
    print(f"\n{counts['caught']} caught, {counts['survived']} survived, "
          f"{counts['broken']} do not build or fit")
    if arguments.folder is None:
        subprocess.run(["bazel", "shutdown"], cwd=folder, check=False)
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if counts["caught"] == len(mutants) else 1)


if __name__ == "__main__":
    main()
