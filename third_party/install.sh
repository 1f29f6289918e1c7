#!/bin/bash
# Installs Debian's packages for a part of what there is to do here, on Debian 12 and 13.
#
#   bash third_party/install.sh quickstart     what //:quickstart needs
#   bash third_party/install.sh test           and what `bazel test //...` needs
#   bash third_party/install.sh [all]          and what the other configurations and scripts need
#   bash third_party/install.sh cmake          what CMake builds and tests, without Bazel
#
# Run as root, on anything from a bare `debootstrap --variant=minbase` upwards. Safe to run again:
# when all packages are there it asks dpkg once and returns without touching apt or the network.
set -euo pipefail

packages=(
  g++
  # Libraries the engine itself includes.
  libabsl-dev
  libboost-dev
  libxxhash-dev
)

# The build tool, its Java runtime, and the rule sets it would otherwise download.
add_bazel_packages() {
  packages+=(
    bazel-bootstrap
    bazel-platforms
    bazel-rules-java
    bazel-rules-proto
    bazel-skylib
  )
}

# What the library includes beside the engine, and its unit tests.
add_library_packages() {
  packages+=(
    # The JSON codec, and the terminal of kinesis_shell.
    libsimdjson-dev
    libedit-dev
    # Compressed input of the partition lab, and its reports.
    libzstd-dev
    nlohmann-json3-dev
    zlib1g-dev
    # Signatures of the client over a transport.
    libssl-dev
    libgmock-dev
    libgtest-dev
  )
}

add_test_packages() {
  packages+=(
    # Libraries only tests and benchmarks include.
    libbenchmark-dev
    libcurl4-openssl-dev
    # What benchmarks compare with.
    libconcurrentqueue-dev
    libleveldb-dev
    liblmdb-dev
    librocksdb-dev
    libsqlite3-dev
    libtbb-dev
    libzmq3-dev
    # What other languages' tests run, without a package registry: api/python and api/node.
    nodejs
    python3-boto3
    python3-pytest
    # A reader of the text of metrics.
    python3-prometheus-client
    # Models of protocols; and a second opinion on the format of aggregated records.
    spin
    protobuf-compiler
    # The reference of the public headers.
    cmake
    doxygen
  )
  # The formatter, in the one release that has this version: the next one formats otherwise.
  if grep --quiet --no-messages '^VERSION_CODENAME=bookworm' /etc/os-release; then
    packages+=(clang-format-14)
  fi
}

add_all_packages() {
  packages+=(
    # Compiles with --config=tsan, layering, fuzz and their like.
    clang
    libclang-rt-dev
    lld
    # Checks, coverage, and counting instructions.
    clang-tidy
    llvm
    valgrind
    # The CMake and pkg-config ways in.
    ninja-build
    pkg-config
  )
}

readonly part="${1:-all}"
case "${part}" in
  quickstart) add_bazel_packages ;;
  test)
    add_bazel_packages
    add_library_packages
    add_test_packages
    ;;
  all)
    add_bazel_packages
    add_library_packages
    add_test_packages
    add_all_packages
    ;;
  cmake)
    add_library_packages
    packages+=(cmake make)
    ;;
  *)
    echo "third_party/install.sh: there is no part '${part}': quickstart, test, all or cmake" >&2
    exit 2
    ;;
esac

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
  echo "third_party/install.sh ${part}: all ${#packages[@]} packages are installed already"
  exit 0
fi

if (( EUID != 0 )); then
  echo "third_party/install.sh ${part}: run as root to install: ${missing[*]}" >&2
  exit 1
fi

echo "third_party/install.sh ${part}: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends "${missing[@]}"
