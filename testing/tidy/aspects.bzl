"""A check that runs once per header and are cached like compilations.

An aspect visits every C++ target of a build, whatever it is called, so no target has to opt in.
`.bazelrc` switches it on: --config=layering.
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

def _stem(file):
    return file.basename[:-len(file.extension) - 1]

def _headers_compile_alone_impl(target, ctx):
    if not _is_ours(target, ctx):
        return []

    # A header with a source of its own is the first that this one includes (clang-format sees to
    # it), so the source compiles only if the header does.
    with_source = [_stem(file) for file in _files(ctx, "srcs", _SOURCE)]
    compilation_context = target[CcInfo].compilation_context
    stamps = []
    for file in _files(ctx, "hdrs", _HEADER) + _files(ctx, "srcs", _HEADER):
        if _stem(file) in with_source:
            continue
        stamp = ctx.actions.declare_file("%s.%s.alone" % (ctx.label.name, file.basename))
        ctx.actions.run_shell(
            outputs = [stamp],
            inputs = depset([file], transitive = [compilation_context.headers]),
            command = 'file="$1"; shift; clang++ -fsyntax-only -Wall -Wextra -Werror ' +
                      '-Wno-pragma-once-outside-header "$@" "$file" && touch ' + stamp.path,
            arguments = [file.path] + _flags(compilation_context),
            mnemonic = "HeaderAlone",
            progress_message = "Compiling %s alone" % file.short_path,
            use_default_shell_env = True,
        )
        stamps.append(stamp)
    return [OutputGroupInfo(headers_compile_alone = depset(stamps))]

headers_compile_alone = aspect(
    implementation = _headers_compile_alone_impl,
    doc = "Compiles each header of a C++ target by itself: it must include all it uses.",
)
