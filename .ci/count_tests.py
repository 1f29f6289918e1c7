"""Counts the test cases of Bazel runs: count_tests.py [--failed-step=NAME]... FOLDER

FOLDER holds one build event file NAME.json (--build_event_json_file) per step that runs tests. Each
test target that ran left a test.xml, which lists its cases; a target that failed without one, or
did not build, counts as one failed case, and so does a failed step without a failed case. The last
line printed is "N passed, N failed".
"""

import argparse
import json
import pathlib
import sys
import urllib.parse
import xml.etree.ElementTree


def cases_of(test_xml):
    """Returns (passed, failed) of one test.xml, in GoogleTest's or Bazel's own form."""
    passed = failed = 0
    for case in xml.etree.ElementTree.parse(test_xml).getroot().iter("testcase"):
        if case.get("status") == "notrun" or case.find("skipped") is not None:
            continue
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        else:
            passed += 1
    return passed, failed


def count_run(event_file):
    """Returns (passed, failed) of one run, and prints the targets that failed."""
    passed = failed = 0
    not_reported = set()
    for line in event_file.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        identity = event.get("id", {})
        if "targetConfigured" in identity and "configured" in event:
            if event["configured"].get("targetKind", "").endswith("_test rule"):
                not_reported.add(identity["targetConfigured"]["label"])
        if "testResult" not in event:
            continue
        label = identity["testResult"]["label"]
        not_reported.discard(label)
        result = event["testResult"]
        target_passed, target_failed = 0, 0
        for output in result.get("testActionOutput", []):
            if output["name"] == "test.xml":
                path = pathlib.Path(urllib.parse.unquote(urllib.parse.urlparse(output["uri"]).path))
                if path.exists():
                    target_passed, target_failed = cases_of(path)
        if result.get("status") not in ("PASSED", "FLAKY"):
            target_failed = max(target_failed, 1)
            print(f"{event_file.stem}: {label} {result.get('status')}")
        passed += target_passed
        failed += target_failed
    for label in sorted(not_reported):
        print(f"{event_file.stem}: {label} did not run")
    return passed, failed + len(not_reported)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--failed-step", action="append", default=[])
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()

    passed = failed = 0
    without_failed_case = set(arguments.failed_step)
    event_files = sorted(arguments.folder.glob("*.json"))
    for event_file in event_files:
        run_passed, run_failed = count_run(event_file)
        print(f"{event_file.stem}: {run_passed} passed, {run_failed} failed")
        passed += run_passed
        failed += run_failed
        if run_failed:
            without_failed_case.discard(event_file.stem)
    for step in sorted(without_failed_case):
        print(f"{step}: the step failed")
    failed += len(without_failed_case)
    print(f"{passed} passed, {failed} failed")
    ran_no_test = bool(event_files) and not passed
    return 1 if failed or ran_no_test else 0


if __name__ == "__main__":
    sys.exit(main())
