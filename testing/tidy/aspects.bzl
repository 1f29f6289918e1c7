"""Checks that run once per source file and are cached like compilations.

An aspect visits every C++ target of a build, whatever it is called, so no target has to opt in.
`.bazelrc` switches them on: --config=layering and --config=clang-tidy.
"""

_HEADER = "h"
_SOURCE = "cc"

def _files(ctx, attribute, extension):
    found = []
    for target in getattr(ctx.rule.attr, attribute, []):
        for file in target.files.to_list():
            if file.extension == extension and file.is_source:
                found.append(file)
    return found

def _flags(compilation_context):
    """The command-line flags that let a tool parse a file as the build does."""
    flags = ["-xc++", "-std=c++20"]
    for define in compilation_context.defines.to_list():
        flags.append("-D" + define)
    for folder in compilation_context.quote_includes.to_list():
        flags += ["-iquote", folder]
    for folder in compilation_context.includes.to_list():
        flags.append("-I" + folder)
    for folder in compilation_context.system_includes.to_list():
        flags += ["-isystem", folder]
    return flags

def _is_ours(target, ctx):
    return CcInfo in target and not target.label.workspace_name and hasattr(ctx.rule.attr, "srcs")

def _check(ctx, target, file, suffix, command, mnemonic, message, extra_inputs = []):
    compilation_context = target[CcInfo].compilation_context
    stamp = ctx.actions.declare_file("%s.%s.%s" % (ctx.label.name, file.basename, suffix))
    ctx.actions.run_shell(
        outputs = [stamp],
        inputs = depset(
            [file] + extra_inputs,
            transitive = [compilation_context.headers],
        ),
        command = command + " && touch " + stamp.path,
        arguments = [file.path] + _flags(compilation_context),
        mnemonic = mnemonic,
        progress_message = message % file.short_path,
        use_default_shell_env = True,
    )
    return stamp

def _headers_compile_alone_impl(target, ctx):
    if not _is_ours(target, ctx):
        return []
    stamps = []
    for file in _files(ctx, "hdrs", _HEADER) + _files(ctx, "srcs", _HEADER):
        stamps.append(_check(
            ctx,
            target,
            file,
            "alone",
            'file="$1"; shift; clang++ -fsyntax-only -Wall -Wextra -Werror ' +
            '-Wno-pragma-once-outside-header "$@" "$file"',
            "HeaderAlone",
            "Compiling %s alone",
        ))
    return [OutputGroupInfo(headers_compile_alone = depset(stamps))]

headers_compile_alone = aspect(
    implementation = _headers_compile_alone_impl,
    doc = "Compiles each header of a C++ target by itself: it must include all it uses.",
)

def _clang_tidy_impl(target, ctx):
    # Tests are left out for time: GoogleTest's macros double what there is to analyse.
    if not _is_ours(target, ctx) or ctx.rule.kind == "cc_test":
        return []
    sources = _files(ctx, "srcs", _SOURCE)
    if not sources:
        sources = _files(ctx, "hdrs", _HEADER)
    stamps = []
    for file in sources:
        stamps.append(_check(
            ctx,
            target,
            file,
            "tidy",
            'file="$1"; shift; report="$(clang-tidy --quiet --warnings-as-errors="*" ' +
            '--config-file=.clang-tidy "$file" -- "$@" 2>&1)" || { echo "$report"; exit 1; }',
            "ClangTidy",
            "Running clang-tidy on %s",
            extra_inputs = ctx.files._config,
        ))
    return [OutputGroupInfo(clang_tidy = depset(stamps))]

clang_tidy = aspect(
    implementation = _clang_tidy_impl,
    attrs = {"_config": attr.label(default = "//:.clang-tidy", allow_single_file = True)},
    doc = "Runs clang-tidy with the repository's .clang-tidy over the sources of a C++ target.",
)
