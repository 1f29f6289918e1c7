"""Repositories made of checked-in build files, for machines without a network."""

def _installed_archives(repository_ctx):
    """Returns the file names of the installed archives whose names begin with attr.archives.

    Which there are differs from one release of a library to the next, so nobody writes them down.
    """
    prefix = repository_ctx.attr.archives

    # The compiler knows where the linker will look.
    compiler = repository_ctx.which(repository_ctx.os.environ.get("CC", "gcc"))
    if not compiler:
        fail("@%s: there is no C++ compiler; on Debian: apt-get install g++" % repository_ctx.name)
    known = prefix + "base.a"
    found = repository_ctx.execute([compiler, "-print-file-name=" + known]).stdout.strip()
    if not found.startswith("/"):
        fail("@%s: %s is not installed; on Debian: apt-get install %s" %
             (repository_ctx.name, known, repository_ctx.attr.package))
    names = [entry.basename for entry in repository_ctx.path(found).dirname.readdir()]
    return sorted([name for name in names if name.startswith(prefix) and name.endswith(".a")])

def _offline_repository_impl(repository_ctx):
    # The build files sit beside this file, so the path works in this workspace and in a
    # consumer's, where it points into @kinesis_core.
    anchor = repository_ctx.path(Label("//third_party:deps.bzl"))
    folder = anchor.dirname.get_child("offline").get_child(repository_ctx.name)
    for entry in folder.readdir():
        repository_ctx.symlink(entry, entry.basename)
    if repository_ctx.attr.archives:
        text = "ARCHIVES = [\n%s]\n" % "".join(
            ['    "%s",\n' % name for name in _installed_archives(repository_ctx)],
        )
        repository_ctx.file("installed.bzl", text, executable = False)

offline_repository = repository_rule(
    implementation = _offline_repository_impl,
    doc = """Exposes third_party/offline/<name> as the repository @<name>.

    The build files in it wrap headers and archives that the system's package manager installed
    under /usr, or stand in for a rule set that Bazel would otherwise download.
    """,
    attrs = {
        "archives": attr.string(
            doc = "If set, the repository's //:installed.bzl lists in ARCHIVES the file names of " +
                  "the installed archives that begin so; one of them is <archives>base.a.",
        ),
        "package": attr.string(doc = "The Debian package that has the archives."),
    },
    local = True,
    environ = ["CC"],
)
