# Gives Doxygen what the headers say: their comments are plain //, which it does not read.
#
#   awk -f doxygen_filter.awk HEADER
#
# The first comment of a header describes the class, function or type that it begins with the name
# of ("Stream: a named sequence of records"), and stands before that one's own comment; the page of
# the file has its first sentence. A header that begins otherwise is described by it as a file. A
# comment before a declaration documents it; so does one behind a declaration, with the lines that
# go on below it in the same column. "// --- Shards" in a class begins a group of its members.
# Indented lines of a comment are code or tables and stay as they are.

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
  for (; blanks > 0; --blanks) print indent "///"
  in_code = 0
}

# Prints a line that is nothing but a comment, with `margin` in front.
function print_comment(line, margin,    text) {
  sub(/^ */, "", line)
  text = substr(line, 3)
  indent = margin
  if (in_code && text ~ /^$/) {
    ++blanks  # of the code, if more of it follows
  } else if (text ~ /^   /) {
    if (!in_code) print indent "/// @code{.unparsed}"
    in_code = 1
    for (; blanks > 0; --blanks) print indent "///"
    print indent "/// " text
  } else {
    end_code()
    print indent "///" escaped(text)
  }
}

# Prints the first comment, lines 1 to head_end.
function print_head(margin,    i) {
  for (i = 1; i <= head_end; ++i) print_comment(lines[i], margin)
  end_code()
}

# Returns the first sentence of the first comment.
function first_sentence(    i, text) {
  for (i = 1; i <= head_end && lines[i] !~ /^\/\/$/; ++i) {
    text = text substr(lines[i], 3)
    if (match(text, /[.] |[.]$/)) return substr(text, 1, RSTART)
  }
  return text
}

# Returns whether `line` begins the definition of a type, alias or function of that name.
function defines(line, name) {
  return line ~ ("^(class|struct) ([A-Z_]+ |\\[\\[nodiscard\\]\\] )*" name "( |$)") &&
             line !~ /;$/ ||
         line ~ ("^using " name " =") ||
         line ~ ("^[A-Za-z_].*[ *&]" name "\\(")
}

# Returns the column of the comment behind the declaration that `line` holds, 0 if there is none: of
# what ends in ";" or ",", and of the last value of an enumeration.
function comment_behind(line,    at, code) {
  if (line ~ /^ *(#|\/\/)/ || !match(line, /[^ ]  +\/\/ /)) return 0
  at = RSTART + RLENGTH - 3
  code = substr(line, 1, RSTART)
  if (code ~ /[;,]$/ || code ~ /^ +k[A-Z][A-Za-z0-9]*( = [^(){}]+)?$/) return at
  return 0
}

function end_section() {
  if (in_section) print "  /// @}"
  in_section = 0
}

# Makes a group of the members behind the heading that lines[i] begins, such as "// --- Shards" or
# "// --- Put. Nothing is stored unless the result is OK", with what stands below it up to an empty
# line; goes on to the last of these lines.
function begin_section(    text, at, last) {
  end_section()
  text = substr(lines[i], 10)
  while (lines[i + 1] ~ /^  \/\/ ---/) text = text " " substr(lines[++i], 10)
  sub(/ *-*$/, "", text)
  at = match(text, /[.:]( |$)/)
  print "  /// @name " escaped(at ? substr(text, 1, at - 1) : text)
  if (at) print "  ///" escaped(substr(text, at + 1))
  for (last = i; lines[last + 1] ~ /^  \/\//; ++last) {}
  if (lines[last + 1] ~ /^$/) {
    while (i < last) print_comment(lines[++i], "  ")
    end_code()
  }
  print "  /// @{"
  in_section = 1
}

{ lines[NR] = $0 }

END {
  while (head_end < NR && lines[head_end + 1] ~ /^\/\//) ++head_end

  # The names that the first comment begins with, and the line that defines each.
  if (match(lines[1], /^\/\/ [A-Z][A-Za-z]*(<T>)?( and [A-Z][A-Za-z]*)*: /)) {
    count = split(substr(lines[1], 4, RLENGTH - 5), names, " and ")
    for (n = 1; n <= count; ++n) {
      sub(/<T>/, "", names[n])
      for (i = head_end + 1; i <= NR && !defines(lines[i], names[n]); ++i) {}
      if (i > NR) continue
      # Where its own comment begins, or it does.
      while (lines[i - 1] ~ /^(\/\/|template|requires)/ && lines[i - 1] !~ /^\/\/ ---/) --i
      if (i > head_end) is_described[i] = 1
      has_subject = 1
    }
  }

  if (head_end > 0) print "/// @file"
  if (has_subject) {
    print "///" escaped(first_sentence())
  } else {
    print_head("")
  }
  if (head_end > 0) print ""

  for (i = head_end + 1; i <= NR; ++i) {
    line = lines[i]
    if (is_described[i]) {
      print_head("")
      if (line ~ /^\/\//) print "///"
    }
    if (line ~ /^ *\/\/ ---/) {
      if (line ~ /^  \/\//) begin_section()
      continue
    }
    if (line ~ /^ (private|protected):|^};/) end_section()
    if (line ~ /^ *\/\//) {
      match(line, /^ */)
      print_comment(line, substr(line, 1, RLENGTH))
      continue
    }
    end_code()
    at = comment_behind(line)
    if (!at) {
      print line
      continue
    }
    print substr(line, 1, at - 1) "///<" escaped(substr(line, at + 2))
    # What goes on below it.
    while (match(lines[i + 1], /^ *\/\/ /) && RLENGTH - 2 == at) {
      ++i
      print substr(lines[i], 1, at - 1) "///<" escaped(substr(lines[i], at + 2))
    }
  }
}
