#!/bin/bash
# Installs every Debian 12 package that the build, the tests and the benchmarks use.
#
#   bash third_party/install.sh
#
# Run as root, on anything from a bare `debootstrap --variant=minbase` upwards. Safe to run again:
# when all packages are there it asks dpkg once and returns without touching apt or the network.
set -euo pipefail

packages=(
  # The build tool, its Java runtime, and the rule sets it would otherwise download.
  bazel-bootstrap
  bazel-platforms
  bazel-rules-java
  bazel-rules-proto
  bazel-skylib
  # Compilers: g++ builds by default; clang serves --config=tsan, layering and fuzz.
  g++
  clang
  libclang-rt-14-dev
  lld
  # The CMake and pkg-config ways in, and the reference.
  cmake
  doxygen
  ninja-build
  pkg-config
  # Checks.
  clang-format
  clang-tidy
  llvm  # coverage
  valgrind
  # Libraries the engine itself includes.
  libabsl-dev
  libboost-dev
  libsimdjson-dev
  libxxhash-dev
  # The terminal of kinesis_shell.
  libedit-dev
  # Libraries only tests and benchmarks include.
  libbenchmark-dev
  libgmock-dev
  libgtest-dev
  libssl-dev
  nlohmann-json3-dev
  # What benchmarks compare with.
  libconcurrentqueue-dev
  liblmdb-dev
  libsqlite3-dev
  libtbb-dev
  libzmq3-dev
)

is_installed() {
  local status
  status="$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" || return 1
  [[ "${status}" == installed ]]
}

missing=()
for package in "${packages[@]}"; do
  is_installed "${package}" || missing+=("${package}")
done

if (( ${#missing[@]} == 0 )); then
  echo "third_party/install.sh: all ${#packages[@]} packages are installed already"
  exit 0
fi

if (( EUID != 0 )); then
  echo "third_party/install.sh: run as root to install: ${missing[*]}" >&2
  exit 1
fi

echo "third_party/install.sh: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends "${missing[@]}"
