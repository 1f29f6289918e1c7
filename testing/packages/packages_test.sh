#!/bin/bash
# Builds the project in consumer/ on this library in the ways that users do, and runs it.
#
#   testing/packages/packages_test.sh                      all that follows, at once
#   testing/packages/packages_test.sh bazel                as an external Bazel repository
#   testing/packages/packages_test.sh cmake g++ static     as a CMake subdirectory, and installed:
#   testing/packages/packages_test.sh cmake clang++ shared     by find_package and by pkg-config
#
# BUILD_DIR holds what is built, and speeds up the next run; a temporary folder without it.
# ONE_BY_ONE=yes has CMake compile each of the library's sources by itself, as it does for users. It
# takes three times as long as putting them together, which is what is done without it, and again
# whenever they do not compile like that.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
readonly root="${PWD}"
readonly consumer="${root}/testing/packages/consumer"
# The consumer's programs, what each is linked with beyond what that needs, and what it prints.
readonly -a programs=(engine_only consumer json_text time_test lab_report c_program)
readonly -a layers=(kinesis_core kinesis_core_api kinesis_core_json kinesis_core_testing
                   kinesis_core_lab kinesis)
readonly -a wanted=("1 record of alice"
                    "put to shardId-000000000000; own api/client.h"
                    "CreateStream: 200 {}"
                    "1 record expired; own testing/test_seed.h"
                    "1000 orders, max/mean by length 2"
                    "record 1 put from C")

if [[ -z "${BUILD_DIR:-}" ]]; then
  BUILD_DIR="$(mktemp -d)"
  trap 'rm -rf "${BUILD_DIR}"' EXIT
fi
mkdir -p "${BUILD_DIR}"

fail() {
  echo "packages_test: $*" >&2
  exit 1
}

# Runs the first $3 programs, or all, which are in the folder $2, and holds what they print against
# wanted.
check_programs() {
  local how="$1" dir="$2" count="${3:-${#programs[@]}}" printed
  for ((i = 0; i < count; ++i)); do
    printed="$("${dir}/${programs[i]}")" || fail "${how}: ${programs[i]} failed: ${printed}"
    [[ "${printed}" == "${wanted[i]}" ]] || fail "${how}: ${programs[i]} printed: ${printed}"
    echo "${how}: ${printed}"
  done
}

run_bazel() {
  local bazel=(bazel "--output_user_root=${BUILD_DIR}/bazel")
  cd "${consumer}"
  local -a flags=(--symlink_prefix=/ --noshow_progress --show_result=0
                  --spawn_strategy=processwrapper-sandbox,local)
  # All programs are compiled, which finds every header that they can include; the one on the engine
  # alone is linked and run, too. Compiling the other layers would take longer than all that stands
  # below, and CMake does that.
  "${bazel[@]}" build "${flags[@]}" --output_groups=compilation_outputs //:all ||
    fail "the Bazel consumer does not compile"
  "${bazel[@]}" build "${flags[@]}" //:engine_only || fail "the Bazel consumer does not link"
  local bin
  bin="$("${bazel[@]}" info bazel-bin)"
  check_programs bazel "${bin}" 1
  # What is not public cannot be depended on.
  local refusal
  refusal="$("${bazel[@]}" build "${flags[@]}" --nobuild //:uses_a_private_target 2>&1 || true)"
  [[ "${refusal}" == *"'@kinesis_core//kinesis_core/internal/base:base' is not visible"* ]] ||
    fail "a consumer can depend on @kinesis_core//kinesis_core/internal/base: ${refusal}"
  "${bazel[@]}" shutdown
  cd "${root}"
}

# Nothing of ours that is not under kinesis_core/ may be on a consumer's include path.
check_installed() {
  local prefix="$1"
  local stray
  stray="$(cd "${prefix}/include" && find . -type f ! -path './kinesis_core/*')"
  [[ -z "${stray}" ]] || fail "installed outside include/kinesis_core: ${stray}"
  while read -r header; do
    [[ -f "${prefix}/include/${header}" ]] || fail "an installed header includes ${header}"
  done < <(grep -rhoE '^#include "kinesis_core/[^"]+' "${prefix}/include" | cut -d'"' -f2 | sort -u)
}

# The C library exports what exports.map lists, whatever kind the layers below it are.
check_c_exports() {
  local listed exported
  listed="$(sed -n 's/^ *\(kinesis_[a-z_]*\);.*/\1/p' api/c/exports.map | sort)"
  exported="$(nm --dynamic --defined-only "$1"/lib/libkinesis.so.0 | awk '$2 != "A" {print $3}' |
    sed 's/@@.*//' | sort)"
  [[ "${listed}" == "${exported}" ]] || fail "libkinesis.so.0 exports ${exported}"
  echo "libkinesis.so.0: $(wc -l <<<"${exported}") symbols exported"
}

# A shared library exports what is marked, and nothing internal or of other libraries. FoundRecords
# is a part of RecordBatch, whose inline functions call it; by AssignShards, Lineage and the two of
# utf8.h the API's library decides, too.
check_exports() {
  local library symbols
  local hidden=' [A-Z] (typeinfo (name )?for |vtable for )?'
  hidden+='(kinesis::(api::)?internal::|boost::|simdjson::|absl::)'
  local shared_with_api='internal::(FoundRecords|AssignShards|Lineage|EngineProperties'
  shared_with_api+='|Utf8CharacterSize|CountCodePoints)'
  for library in "$1"/lib*/libkinesis_core*.so; do
    symbols="$(nm --dynamic --defined-only --demangle "${library}" | grep -E "${hidden}" |
      grep -vE "${shared_with_api}" || true)"
    [[ -z "${symbols}" ]] || fail "${library} exports ${symbols}"
    echo "${library##*/}: $(nm --dynamic --defined-only "${library}" | wc -l) symbols exported"
  done
}

# The programs that are installed run, and are of the version that everything else is of.
check_installed_programs() {
  local prefix="$1" version
  version="$(PKG_CONFIG_PATH="${prefix}/lib/pkgconfig" pkg-config --modversion kinesis_core)"
  if [[ "$2" == static ]]; then
    [[ "$("${prefix}/bin/kinesis_shell" --version)" == "kinesis_shell ${version}" ]] ||
      fail "kinesis_shell is not of version ${version}"
  fi
  # Not grep -q: who writes to it would be told that nobody reads on, and the pipe would fail.
  "${prefix}/bin/partition_lab" --help | grep -- --shards > /dev/null ||
    fail "partition_lab has no --shards"
}

# Who asks for the engine needs Abseil and no more, to build the library and to find it; who asks
# for what there is not is told so.
check_components() {
  local dir="$1" prefix="$2" refusal
  shift 2
  local -a cmake=("$@" -DCMAKE_PREFIX_PATH="${prefix}") bare=()
  local package
  for package in GTest simdjson OpenSSL ZLIB; do
    bare+=("-DCMAKE_DISABLE_FIND_PACKAGE_${package}=ON")
  done
  rm -rf "${dir}/engine" "${dir}/finds"
  logged "${cmake[@]}" "${bare[@]}" -S . -B "${dir}/engine" -DKINESIS_CORE_COMPONENTS=kinesis_core
  if sed -n 's/^Requires: //p' "${dir}/engine/kinesis_core.pc" | tr ',' '\n' | grep -v absl_; then
    fail "the engine needs more than Abseil"
  fi
  # What is asked for and not to be had, is named with what has it.
  refusal="$("${cmake[@]}" "${bare[@]}" -S . -B "${dir}/engine" \
    -DKINESIS_CORE_COMPONENTS=json 2>&1 || true)"
  [[ "${refusal}" == *"libsimdjson-dev"* ]] || fail "json without simdjson: ${refusal}"
  refusal="$("${cmake[@]}" -S . -B "${dir}/engine" -DKINESIS_CORE_COMPONENTS=lib 2>&1 || true)"
  [[ "${refusal}" == *'there is no "lib"'* ]] || fail "the component lib: ${refusal}"

  mkdir "${dir}/finds"
  cat > "${dir}/finds/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.22)
project(finds CXX)
find_package(kinesis_core CONFIG REQUIRED COMPONENTS ${WANTED})
if(TARGET kinesis_core::json)
  message(STATUS "has json")
endif()
END
  logged "${cmake[@]}" "${bare[@]}" -S "${dir}/finds" -B "${dir}/finds/build" -DWANTED=kinesis_core
  # Without names: what can be had.
  logged "${cmake[@]}" "${bare[@]}" -S "${dir}/finds" -B "${dir}/finds/build" -DWANTED=
  refusal="$("${cmake[@]}" -S "${dir}/finds" -B "${dir}/finds/build" -DWANTED=lib 2>&1 || true)"
  [[ "${refusal}" == *'there is no component "lib"'* ]] || fail "find_package of lib: ${refusal}"
}

# A compiler that is not asked for C++20 says that, and no page of errors.
check_cpp20() {
  local header errors
  for header in engine.h api/client.h api/json/json_service.h testing/client_fixture.h lab/lab.h; do
    errors="$("$2" -std=c++17 -fsyntax-only -x c++ -I"$1/include" \
      "$1/include/kinesis_core/${header}" 2>&1 | grep -c 'error: ' || true)"
    (( errors == 2 )) || fail "${header} without C++20 is answered with ${errors} errors"
  done
}

# The library is compiled once, as a subdirectory of the consumer, and installed from there.
run_cmake() {
  local compiler="$1" kind="$2" shared=OFF
  # A shell on shared libraries compiles their sources once more: that takes too long here.
  local components="json;testing;lab;c"
  [[ "${kind}" == shared ]] || components+=";shell"
  local dir="${BUILD_DIR}/${compiler}-${kind}"
  local log="${dir}.log" prefix="${dir}/prefix"
  [[ "${kind}" == shared ]] && shared=ON
  local -a cmake=(cmake -G Ninja "-DCMAKE_CXX_COMPILER=${compiler}" -DCMAKE_BUILD_TYPE=Debug
                  # Debug's own flags are -g, for which nobody reads what is built here.
                  "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror" -DCMAKE_CXX_FLAGS_DEBUG=
                  "-DCMAKE_INSTALL_PREFIX=${prefix}" -DCMAKE_INSTALL_LIBDIR=lib)
  logged() { "$@" >"${log}" 2>&1 || { tail -n 60 "${log}"; fail "$*"; }; }

  local -a library=("${cmake[@]}" -S "${consumer}" -B "${dir}/subdirectory"
                    -DBUILD_SHARED_LIBS="${shared}" -DKINESIS_CORE_SOURCE_DIR="${root}"
                    -DKINESIS_CORE_INSTALL=ON -DKINESIS_CORE_COMPONENTS="${components}")
  local -a build=(cmake --build "${dir}/subdirectory" -j "$(nproc)")
  local one_by_one="${ONE_BY_ONE:-no}"
  if [[ "${one_by_one}" != yes ]]; then
    logged "${library[@]}" \
      -DCMAKE_PROJECT_kinesis_core_INCLUDE="${root}/testing/packages/units.cmake"
    # How sources are put together never decides what is found.
    if ! "${build[@]}" >"${log}" 2>&1; then
      grep '^FAILED: .*/Unity/' "${log}" || { tail -n 60 "${log}"; fail "${build[*]}"; }
      grep -m 5 'error: ' "${log}" || true
      echo "${compiler}, ${kind}: one by one, since these do not compile together"
      one_by_one=yes
    fi
  fi
  if [[ "${one_by_one}" == yes ]]; then
    logged "${library[@]}" -UCMAKE_PROJECT_kinesis_core_INCLUDE
    logged "${build[@]}"
  fi
  check_programs "subdirectory, ${compiler}, ${kind}" "${dir}/subdirectory"
  rm -rf "${prefix}"
  logged cmake --install "${dir}/subdirectory"
  check_installed "${prefix}"
  check_c_exports "${prefix}"
  [[ "${kind}" == static ]] || check_exports "${prefix}"

  logged "${cmake[@]}" -S "${consumer}" -B "${dir}/found" -DCMAKE_PREFIX_PATH="${prefix}"
  logged cmake --build "${dir}/found"
  check_programs "find_package, ${compiler}, ${kind}" "${dir}/found"

  local flags
  for i in "${!programs[@]}"; do
    flags="$(PKG_CONFIG_PATH="${prefix}/lib/pkgconfig" \
      pkg-config --cflags --libs "${layers[i]}")"
    # That in C needs a C compiler and nothing of C++.
    local -a compile=("${compiler}" -std=c++20 -I"${consumer}" "${consumer}/${programs[i]}.cc")
    if [[ "${programs[i]}" == c_program ]]; then
      compile=(gcc -std=c89 -pedantic "${consumer}/c_program.c")
    fi
    # shellcheck disable=SC2086  # Flags, split on purpose.
    logged "${compile[@]}" \
      -o "${dir}/${programs[i]}" ${flags} -Wl,-rpath,"${prefix}/lib"
  done
  check_programs "pkg-config, ${compiler}, ${kind}" "${dir}"

  check_installed_programs "${prefix}" "${kind}"
  check_components "${dir}" "${prefix}" "${cmake[@]}"
  check_cpp20 "${prefix}" "${compiler}"

  # By itself the library installs and has tests; as a subdirectory it does so only when told to.
  logged "${cmake[@]}" -S . -B "${dir}/alone"
  [[ -f "${dir}/alone/cmake_install.cmake" && -f "${dir}/alone/kinesis_core.pc" ]] ||
    fail "the library installs nothing when built by itself"
  ctest --test-dir "${dir}/alone" -N | grep 'kinesis_core/iterator_test$' > /dev/null ||
    fail "the library has no tests when built by itself"
  logged "${cmake[@]}" -S "${consumer}" -B "${dir}/not_installed" \
    -DKINESIS_CORE_SOURCE_DIR="${root}"
  [[ -z "$(find "${dir}/not_installed/_deps" -name kinesis_core.pc -o -name '*_test.dir')" ]] ||
    fail "the library installs or tests itself with the project that includes it"
}

# All at once, since each leaves a processor idle where it configures, links and runs; what they say
# comes in order. Those after one that failed are run to their end, too. CMake with clang, which
# compiles in half of the time that g++ takes; all tests and the Bazel consumer are compiled by g++,
# and CMake with both compilers is `.ci/run deep-packages`.
run_all() {
  local -a parts=("bazel" "cmake clang++ static" "cmake clang++ shared") pids=()
  local part i failed=0
  for part in "${parts[@]}"; do
    # shellcheck disable=SC2086  # Words, split on purpose.
    BUILD_DIR="${BUILD_DIR}" "${root}/testing/packages/packages_test.sh" ${part} \
      >"${BUILD_DIR}/${part// /-}.out" 2>&1 &
    pids+=("$!")
  done
  for i in "${!parts[@]}"; do
    wait "${pids[i]}" || failed=1
    cat "${BUILD_DIR}/${parts[i]// /-}.out"
  done
  (( failed == 0 )) || fail "see above"
}

main() {
  case "${1:-all}" in
    all) run_all ;;
    bazel) run_bazel ;;
    cmake) run_cmake "${2:-g++}" "${3:-static}" ;;
    *) fail "what is $1?" ;;
  esac
  echo "packages_test: ok"
}

main "$@"
