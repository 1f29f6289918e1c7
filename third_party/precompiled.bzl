"""Headers of others that most of our files include, parsed once for each configuration.

What a compiler reads in a file of ours is mostly these. GCC and Clang both look beside the header
that the command line includes for what they made of it, so a target needs a flag and a file, and a
file for which that does not fit (other flags that matter) is compiled from the header's text.
"""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

# Behind the header's path stand the compiler and its flags. Clang keeps the absolute path of a file
# that it reads, which is another in every sandbox: it gets the text. It leaves out the times of the
# files included, so that a cache may hold the result; makes the instances of templates, which files
# that use it then need not make; and has what the layering check changes in the language.
_COMMAND = """
header="$1"
shift
if "$1" --version | grep --quiet clang; then
  exec "$@" -xc++-header -Xclang -fno-pch-timestamp -fpch-instantiate-templates \\
    -fmodules-strict-decluse -c - < "${header}"
fi
exec "$@" -xc++-header -c "${header}"
"""

def _precompiled_headers_impl(ctx):
    header = ctx.actions.declare_file(ctx.label.name + ".h")
    ctx.actions.write(header, "".join(["#include %s\n" % include for include in ctx.attr.includes]))

    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        # That is of targets which name what they depend on.
        unsupported_features = ctx.disabled_features + ["layering_check", "use_module_maps"],
    )

    # Both compilers look for this name beside the header.
    precompiled = ctx.actions.declare_file(ctx.label.name + ".h.gch")
    variables = cc_common.create_compile_variables(
        feature_configuration = features,
        cc_toolchain = toolchain,
        output_file = precompiled.path,
        user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts,
        use_pic = True,
    )
    compiler = cc_common.get_tool_for_action(
        feature_configuration = features,
        action_name = ACTION_NAMES.cpp_compile,
    )
    arguments = cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = ACTION_NAMES.cpp_compile,
        variables = variables,
    )
    ctx.actions.run_shell(
        command = _COMMAND,
        arguments = [header.path, compiler] + arguments,
        use_default_shell_env = True,
        inputs = depset([header], transitive = [toolchain.all_files]),
        outputs = [precompiled],
        mnemonic = "PrecompiledHeader",
        progress_message = "Parsing %s" % header.short_path,
    )
    context = cc_common.create_compilation_context(headers = depset([header, precompiled]))
    return [
        DefaultInfo(files = depset([header, precompiled])),
        CcInfo(compilation_context = context),
    ]

precompiled_headers = rule(
    implementation = _precompiled_headers_impl,
    attrs = {
        "includes": attr.string_list(
            doc = "What to parse, as it stands behind #include.",
            mandatory = True,
        ),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
