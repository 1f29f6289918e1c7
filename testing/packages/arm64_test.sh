#!/bin/bash
# Builds everything that CMake builds for 64-bit Arm, and runs there what has one thread:
#
#   testing/packages/arm64_test.sh                      all components and their tests
#   testing/packages/arm64_test.sh "json;testing"       some components
#
# By hand, as root on Debian 12, with `third_party/install.sh all` and
# `apt-get install g++-aarch64-linux-gnu mmdebstrap qemu-user`. The libraries for Arm are unpacked
# into a folder of their own, so the machine's packages stay as they are. Programs run by qemu-user,
# in which a std::thread may hang: tests that are tagged as having threads (`sanitize`, `tsan`), and
# those of ExerciseConsumer, which starts thousands, are built and not run, and the others run
# without the watchdog. BUILD_DIR keeps what was built for the next time; a temporary folder without
# it. The last line is "N passed, N failed": test cases.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

fail() {
  echo "arm64_test: $*" >&2
  exit 1
}

for tool in aarch64-linux-gnu-g++ mmdebstrap qemu-aarch64 cmake ninja; do
  command -v "${tool}" > /dev/null || fail "needs ${tool}"
done
if [[ -z "${BUILD_DIR:-}" ]]; then
  BUILD_DIR="$(mktemp -d)"
  trap 'rm -rf "${BUILD_DIR}"' EXIT
fi
mkdir -p "${BUILD_DIR}"
readonly root="${BUILD_DIR}/root" build="${BUILD_DIR}/build"
readonly cases="${BUILD_DIR}/cases"
readonly exercisers='^testing/(consumer_exerciser|right_consumers|wrong_consumers)_test$'

# The libraries that the components and their tests need, with what these depend on.
libraries=(libc6-dev libstdc++-12-dev libabsl-dev libboost-dev libedit-dev libgmock-dev libgtest-dev
           libsimdjson-dev libssl-dev libxxhash-dev libzstd-dev nlohmann-json3-dev zlib1g-dev)
if [[ ! -d "${root}" ]]; then
  include="$(IFS=,; echo "${libraries[*]}")"
  mmdebstrap --quiet --architectures=arm64 --variant=extract --include="${include}" bookworm \
    "${root}.new"
  mv "${root}.new" "${root}"
fi

cmake -G Ninja -S . -B "${build}" -DCMAKE_TOOLCHAIN_FILE=testing/packages/aarch64.cmake \
  -DAARCH64_ROOT="${root}" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS=-g0 \
  -DCMAKE_PROJECT_kinesis_core_INCLUDE="${PWD}/testing/packages/units.cmake" \
  -DKINESIS_CORE_COMPONENTS="${1:-}"
cmake --build "${build}" -j "$(nproc)"

rm -rf "${cases}"
mkdir "${cases}"
status=0
GTEST_OUTPUT="xml:${cases}/" KINESIS_TEST_WATCHDOG=0 ctest --test-dir "${build}" \
  --label-exclude '^(sanitize|tsan)$' --exclude-regex "${exercisers}" --output-on-failure \
  -j "$(nproc)" || status=$?
echo "built: $(ctest --test-dir "${build}" -N | sed -n 's/^Total Tests: //p') test programs for" \
  "$(aarch64-linux-gnu-g++ -dumpmachine)"
python3 - "${cases}" <<'END'
import pathlib
import sys
import xml.etree.ElementTree

passed = failed = 0
for path in pathlib.Path(sys.argv[1]).glob("*.xml"):
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        if case.get("status") == "notrun" or case.find("skipped") is not None:
            continue
        if case.find("failure") is None:
            passed += 1
        else:
            failed += 1
print(f"{passed} passed, {failed} failed")
END
exit "${status}"
