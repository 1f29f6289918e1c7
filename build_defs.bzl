"""The two rules of which this repository is made.

kc_library and kc_test are cc_library and cc_test with what all of ours have in common, so that a
BUILD file says what differs: include prefix of the folder, licence, who may depend on it, layering.
CMake reads both as well (third_party/cmake/bazel_targets.cmake), so the attributes that it needs
(srcs, hdrs, deps, copts, and data, tags and main of tests) are written out in the BUILD files.
"""

load("@rules_cc//cc:defs.bzl", "cc_library", "cc_test")

# The folders whose name alone would be too common on a user's include path, with the path by which
# their headers are included.
_INCLUDED_AS = {
    "api": "kinesis_core/api",
    "bench/partition_lab": "kinesis_core/lab",
    "testing": "kinesis_core/testing",
}

# Ordinary tags of a test that has one thread, in which ThreadSanitizer has nothing to see.
_ONE_THREAD = [
    "asan",
    "ubsan",
]

def _include_prefix(package):
    for folder, prefix in _INCLUDED_AS.items():
        if package == folder or package.startswith(folder + "/"):
            return {
                "include_prefix": prefix + package[len(folder):],
                "strip_include_prefix": "/" + package,
            }
    return {}

def _own_folder(package):
    folder = package.split("/")[0]
    visibility = ["//%s:__subpackages__" % folder]

    # Tests and benchmarks look inside what ships.
    if folder in ["api", "kinesis_core"]:
        visibility += ["//bench:__subpackages__", "//testing:__subpackages__"]
    return visibility

def _precompiled(users, attributes):
    """Adds to the attributes what makes use of headers that are parsed once for all targets.

    A target with flags of its own is left out: they make other headers of the same text. So is one
    without sources.
    """
    if "copts" in attributes or not attributes.get("srcs"):
        return attributes
    name = "precompiled_for_" + users
    return dict(
        attributes,
        copts = select({
            "//third_party:precompile": ["-include", "$(BINDIR)/third_party/%s.h" % name],
            "//conditions:default": [],
        }),
        deps = attributes.get("deps", []) + select({
            "//third_party:precompile": ["//third_party:" + name],
            "//conditions:default": [],
        }),
    )

def kc_library(name, visibility = None, **attributes):
    """A cc_library.

    Args:
      name: that of the target.
      visibility: by default the top-level folder that it stands in; for api and kinesis_core also
        testing and bench. "//:__subpackages__" opens it to the whole repository; what other
        projects may name stands in the root's BUILD.bazel.
      **attributes: those of cc_library. Headers of api, testing and the partition lab are included
        as kinesis_core/api/..., kinesis_core/testing/... and kinesis_core/lab/....
    """
    package = native.package_name()
    for attribute, value in _include_prefix(package).items():
        attributes.setdefault(attribute, value)
    cc_library(
        name = name,
        features = ["layering_check"],
        licenses = ["notice"],  # Apache 2.0
        visibility = _own_folder(package) if visibility == None else visibility,
        **_precompiled("libraries", attributes)
    )

def kc_test(name, deps = [], main = True, tags = [], **attributes):
    """A cc_test with Google Test's main().

    Args:
      name: that of the target.
      deps: what it includes, besides Google Test.
      main: whether to link Google Test and its main().
      tags: see CONTRIBUTING.md; "one_thread" stands for "asan" and "ubsan".
      **attributes: those of cc_test.
    """
    own_tags = []
    for tag in tags:
        own_tags += _ONE_THREAD if tag == "one_thread" else [tag]
    cc_test(
        name = name,
        features = ["layering_check"],
        licenses = ["notice"],  # Apache 2.0
        tags = own_tags,
        **_precompiled("tests", dict(
            attributes,
            deps = deps + (["@com_google_googletest//:gtest_main"] if main else []),
        ))
    )
