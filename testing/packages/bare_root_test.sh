#!/bin/bash
# Runs the set-up commands of README.md and kinesis_core/doc/dependency.md where a stranger would:
# each in a root of its own with Debian's smallest system, no terminal devices (devpts) and no
# version control.
#
#   testing/packages/bare_root_test.sh                      README's two on Debian 12 and 13
#   testing/packages/bare_root_test.sh trixie               one release
#   testing/packages/bare_root_test.sh trixie quickstart    one command: quickstart, test or cmake
#   CXXFLAGS="-Wall -Werror" testing/packages/bare_root_test.sh trixie cmake    with these flags
#   CXX=clang++ testing/packages/bare_root_test.sh trixie cmake    with the release's clang
#
# By hand, as root, on a machine that may mount and has `debootstrap debian-archive-keyring`. Says
# per command its exit code, how long it took, the packages that it installed, what they are to
# download and take on disk (without apt's copies of them), what the build takes, and how many test
# cases passed; then which were skipped, and why. BUILD_DIR holds logs, systems and packages and
# saves fetching them next time; a temporary folder without it. With KEEP_OUTPUTS=1 it keeps what
# Bazel compiled, too: the next time is then not that of a first build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

releases=(bookworm trixie)
parts=(quickstart test)
# The environment of a command, whole.
readonly -a environment=(env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
                         ${CXX:+CXX="${CXX}"} ${CXXFLAGS:+CXXFLAGS="${CXXFLAGS}"})

fail() {
  echo "bare_root_test: $*" >&2
  exit 1
}

(( EUID == 0 )) || fail "run as root"
command -v debootstrap > /dev/null ||
  fail "needs: apt-get install debootstrap debian-archive-keyring"

if [[ -z "${BUILD_DIR:-}" ]]; then
  BUILD_DIR="$(mktemp -d)"
  trap 'rm -rf --one-file-system "${BUILD_DIR}"' EXIT
fi
mkdir -p "${BUILD_DIR}"
BUILD_DIR="$(readlink -f "${BUILD_DIR}")"

# The command in the documents that installs the part $1.
command_of() {
  local -a lines
  mapfile -t lines < <(grep -h "^bash third_party/install.sh $1 " README.md \
    kinesis_core/doc/dependency.md | sort -u)
  (( ${#lines[@]} == 1 )) || fail "the documents have ${#lines[@]} commands with '$1', not one"
  echo "${lines[0]}"
}

# Makes an archive of the smallest system of the release $1, once.
make_system() {
  local system="${BUILD_DIR}/$1.tar" root="${BUILD_DIR}/$1.new"
  [[ -f "${system}" ]] && return
  echo "$1: debootstrap"
  rm -rf --one-file-system "${root}"
  debootstrap --variant=minbase "$1" "${root}" > "${BUILD_DIR}/$1.debootstrap.log" ||
    fail "debootstrap failed: ${BUILD_DIR}/$1.debootstrap.log"
  tar --create --one-file-system --file "${system}.new" --directory "${root}" .
  mv "${system}.new" "${system}"
  rm -rf --one-file-system "${root}"
}

# Runs "${@:3}" in /src of the root $1 with the packages and outputs of the release $2 at hand.
# Mounts and what it leaves running, such as Bazel's server, end with it.
run_in() {
  # shellcheck disable=SC2016  # For the inner shell.
  unshare --mount --pid --fork --kill-child bash -euc '
    mount --bind "$2.packages" "$1/var/cache/apt/archives"
    mount --bind "$2.outputs" "$1/outputs"
    mount -t proc proc "$1/proc"
    exec chroot "$1" "${@:3}"' bash "$1" "${BUILD_DIR}/$2" "${environment[@]}" \
    bash -c 'cd /src && exec "$@"' bash "${@:3}"
}

megabytes_of() { du --summarize --one-file-system --block-size=1M "$@" | cut -f1; }
packages_in() { grep -c '^Status: install ok installed' "$1/var/lib/dpkg/status"; }

# The size that apt says it has to fetch, by now or before: "Need to get 1,234 kB/302 MB of
# archives."
fetched_by() {
  sed -nE 's|^Need to get ([^/]*/)?([0-9.,]+ [kMG]?B) of archives.*|\2|p' "$1"
}

# The source tree as it is, without what is not under version control.
copy_sources() {
  mkdir "$1/src"
  git ls-files -z | tar --create --null --files-from=- | tar --extract --directory "$1/src"
}

# Tries the part $2 on the release $1, and adds a line to ${table}.
try() {
  local release="$1" part="$2" command status=0 passed="-"
  command="$(command_of "${part}")"
  if [[ "${CXX:-}" == clang++ ]]; then
    command="apt-get update && apt-get install --yes --no-install-recommends clang && ${command}"
  fi
  local root="${BUILD_DIR}/${release}-${part}"
  local log="${root}.log"
  rm -rf --one-file-system "${root}"
  mkdir -p "${root}/outputs" "${BUILD_DIR}/${release}.packages/partial" \
    "${BUILD_DIR}/${release}.outputs"
  tar --extract --file "${BUILD_DIR}/${release}.tar" --directory "${root}"
  copy_sources "${root}"
  # The command itself stays as README.md has it.
  mkdir "${root}/reported"
  echo "build --build_event_json_file=/reported/${part}.json" > "${root}/root/.bazelrc"
  if [[ -n "${KEEP_OUTPUTS:-}" ]]; then
    echo "build --disk_cache=/outputs" >> "${root}/root/.bazelrc"
  fi
  local packages_before disk_before
  packages_before="$(packages_in "${root}")"
  disk_before="$(megabytes_of "${root}")"

  echo "${release}: ${command}  (log: ${log})"
  local start="${SECONDS}"
  run_in "${root}" "${release}" bash -c "${command}" > "${log}" 2>&1 < /dev/null || status=$?
  local seconds=$((SECONDS - start))

  local disk built=0
  if [[ -d "${root}/root/.cache" ]]; then built="$(megabytes_of "${root}/root/.cache")"; fi
  disk=$(($(megabytes_of "${root}") - disk_before - built))
  if [[ "${part}" == cmake ]]; then
    # Programs, not cases: "100% tests passed, 0 tests failed out of 135".
    passed="$(grep ' tests passed, ' "${log}")" || true
  elif [[ "${part}" == test ]]; then
    passed="$(run_in "${root}" "${release}" python3 .ci/count_tests.py /reported | tail -n 1)" ||
      true
    skipped+="$(list_skipped "${root}" "${release}")"$'\n'
  fi
  table+="$(printf '%-9s %-11s %4d %8d %9d %10s %9d MB %7d MB  %s' "${release}" "${part}" \
    "${status}" "${seconds}" "$(($(packages_in "${root}") - packages_before))" \
    "$(fetched_by "${log}")" "${disk}" "${built}" "${passed}")"$'\n'
  if (( status != 0 )); then
    failed=1
    tail -n 20 "${log}"
  else
    rm -rf --one-file-system "${root}"
  fi
}

# The test cases of the root $1 that were skipped, with their reasons.
list_skipped() {
  local xml
  while read -r xml; do
    sed -nE "s|.*<skipped message=\"([^\"]*)\".*|$2 skipped: ${xml#*/testlogs/}: \\1|p" "${xml}"
  done < <(grep --recursive --files-with-matches --include=test.xml '<skipped message' \
    "${1}/root/.cache/bazel" | sort)
}

table="" skipped="" failed=0
if [[ -n "${1:-}" ]]; then
  [[ " ${releases[*]} " == *" $1 "* ]] || fail "$1 is none of: ${releases[*]}"
  releases=("$1")
fi
if [[ -n "${2:-}" ]]; then
  [[ " ${parts[*]} cmake " == *" $2 "* ]] || fail "$2 is none of: ${parts[*]} cmake"
  parts=("$2")
fi
for release in "${releases[@]}"; do
  make_system "${release}"
  for part in "${parts[@]}"; do
    try "${release}" "${part}"
  done
done
echo
echo "release   command     exit  seconds  packages   to fetch unpacked to    built to  cases"
printf '%s' "${table}"
printf '%s' "${skipped}"
(( failed == 0 ))
