"""The dependencies of kinesis_core, in one macro that a consumer's WORKSPACE calls."""

load("@bazel_tools//tools/build_defs/repo:utils.bzl", "maybe")
load("//third_party:offline_repository.bzl", "offline_repository")

def kinesis_core_deps():
    """Declares every repository that kinesis_core loads, unless the caller already has it.

    Each entry goes through `maybe`, so a consumer that wants, say, Abseil from source declares
    @com_google_absl before calling this macro and keeps its own. The labels used by kinesis_core
    are the upstream ones (for example @com_google_absl//absl/status:statusor).
    """

    # Libraries. third_party/README.md says which file includes what, with versions and licences.
    maybe(
        offline_repository,
        name = "com_google_absl",
        archives = "libabsl_",
        package = "libabsl-dev",
    )
    maybe(offline_repository, name = "boost")
    maybe(offline_repository, name = "simdjson")
    maybe(offline_repository, name = "xxhash")

    # Compressed input of the partition lab.
    maybe(offline_repository, name = "zlib")
    maybe(offline_repository, name = "zstd")

    # The terminal of kinesis_shell.
    maybe(offline_repository, name = "libedit")

    # Tests and benchmarks only; of openssl, the API's remote client needs libcrypto, too.
    maybe(offline_repository, name = "curl")
    maybe(offline_repository, name = "com_google_googletest")
    maybe(offline_repository, name = "com_github_google_benchmark")
    maybe(offline_repository, name = "nlohmann_json")
    maybe(offline_repository, name = "openssl")

    # What the engine is measured against: bench/contenders, bench/power.cc.
    maybe(offline_repository, name = "concurrentqueue")
    maybe(offline_repository, name = "leveldb")
    maybe(offline_repository, name = "libzmq")
    maybe(offline_repository, name = "lmdb")
    maybe(offline_repository, name = "onetbb")
    maybe(offline_repository, name = "rocksdb")
    maybe(offline_repository, name = "sqlite3")

    # Rule sets. Bazel 4.2 asks for all of them on the first build, even for C++ alone.
    maybe(offline_repository, name = "rules_cc")
    maybe(offline_repository, name = "remote_coverage_tools")
    maybe(native.local_repository, name = "platforms", path = "/usr/share/bazel/tools/platforms")
    maybe(native.local_repository, name = "bazel_skylib", path = "/usr/share/bazel/tools/skylib")
    maybe(native.local_repository, name = "rules_java", path = "/usr/share/bazel/rules/java")
    maybe(native.local_repository, name = "rules_proto", path = "/usr/share/bazel/rules/proto")
