# Gives Doxygen what the headers say: their comments are plain //, which it does not read.
#
#   awk -f doxygen_filter.awk HEADER
#
# The first comment describes the file. A comment before a declaration documents it, one behind a
# declaration likewise. Indented lines of a comment are code or tables and stay as they are.

# Text in backquotes is code and stays as it is.
function escaped(text,    pieces, count, i, result) {
  count = split(text, pieces, "`")
  for (i = 1; i <= count; ++i) {
    if (i % 2) gsub(/[\\@<>#%"]/, "\\\\&", pieces[i])
    result = result (i > 1 ? "`" : "") pieces[i]
  }
  return result
}

function end_code() {
  if (in_code) print indent "/// @endcode"
  in_code = 0
}

NR == 1 && /^\/\// {
  print "/// @file"
  in_head = 1
}

# Headings of sections, such as "// --- Shards".
/^ *\/\/ ---/ { next }

/^ *\/\// {
  match($0, /^ */)
  indent = substr($0, 1, RLENGTH)
  text = substr($0, RLENGTH + 3)
  if (text ~ /^   / || (in_code && text ~ /^$/)) {
    if (!in_code) print indent "/// @code{.unparsed}"
    in_code = 1
    print indent "/// " text
  } else {
    end_code()
    print indent "///" escaped(text)
  }
  next
}

{
  end_code()
  if (in_head) print ""
  in_head = 0
  # A comment behind a declaration.
  at = index($0, ";  // ")
  if (!at) at = index($0, ",  // ")
  if (at && $0 !~ /^#/) {
    print substr($0, 1, at) "  ///< " escaped(substr($0, at + 6))
  } else {
    print
  }
}
