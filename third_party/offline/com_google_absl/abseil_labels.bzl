"""A macro for upstream's labels in front of the installed Abseil archives."""

def abseil_labels(names):
    """Declares one target per upstream label of the calling package.

    Args:
      names: upstream's target names.
    """
    for name in names:
        native.cc_library(
            name = name,
            visibility = ["//visibility:public"],
            deps = ["//:archives"],
        )
