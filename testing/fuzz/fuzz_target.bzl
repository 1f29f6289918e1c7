"""A fuzz target, and the test that runs it without a fuzzer."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_test")
load("//:build_defs.bzl", "kc_library")

def fuzz_target(name, srcs, deps, runs = 1000):
    """Makes NAME, for `--config=asan-ubsan`, and NAME_replay_test, for every configuration.

    The corpus is NAME.lines, with an input in each line, if there is such a file; else all files in
    corpus/NAME. NAME.dict, if there is one, holds words to mutate with, as libFuzzer's -dict has
    it.

    Args:
      name: NAME.
      srcs: the file that defines LLVMFuzzerTestOneInput.
      deps: what that includes.
      runs: how many mutations the test makes; `--test_arg=-runs=1000000` makes so many instead.
    """
    # Compiled once for both.
    function = name + "_function"
    kc_library(
        name = function,
        testonly = True,
        srcs = srcs,
        alwayslink = True,
        deps = deps,
    )
    cc_binary(
        name = name,
        testonly = True,
        # Its main() is libFuzzer's.
        linkopts = ["-fsanitize=fuzzer"],
        tags = [
            "fuzz",
            "manual",
        ],
        deps = [":" + function],
    )
    corpus = native.glob([name + ".lines"]) or ["corpus/" + name]
    dictionary = native.glob([name + ".dict"])
    cc_test(
        name = name + "_replay_test",
        args = (
            ["-runs=%d" % runs] +
            ["-dict=testing/fuzz/" + file for file in dictionary] +
            ["testing/fuzz/" + file for file in corpus]
        ),
        data = dictionary + native.glob([name + ".lines", "corpus/" + name + "/**"]),
        tags = [
            "asan",
            "ubsan",
        ],
        deps = [
            ":" + function,
            ":fuzz_driver",
        ],
    )
