"""Repositories made of checked-in build files, for machines without a network."""

def _offline_repository_impl(repository_ctx):
    # The build files sit beside this file, so the path works in this workspace and in a
    # consumer's, where it points into @kinesis_core.
    anchor = repository_ctx.path(Label("//third_party:deps.bzl"))
    folder = anchor.dirname.get_child("offline").get_child(repository_ctx.name)
    for entry in folder.readdir():
        repository_ctx.symlink(entry, entry.basename)

offline_repository = repository_rule(
    implementation = _offline_repository_impl,
    doc = """Exposes third_party/offline/<name> as the repository @<name>.

    The build files in it wrap headers and archives that the system's package manager installed
    under /usr, or stand in for a rule set that Bazel would otherwise download.
    """,
    local = True,
)
