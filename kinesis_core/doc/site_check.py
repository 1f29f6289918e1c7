#!/usr/bin/env python3
"""Looks at the site that site.sh has made of the headers in HEADERS.

    site_check.py HEADERS SITE [--list]

- Each comment behind a public declaration is on a page of its header, behind the name that is
  declared; with --list it says on which page.
- The page of a type has the sentence that its header begins with.
- Each link inside the site leads to a page and, if it names one, an anchor.
"""

import collections
import glob
import html
import os
import re
import sys

SCOPE = re.compile(r"^\s*(?:typedef )?(namespace|class|struct|enum(?: class)?)\b\s*([\w:]*)")


def words(text):
    """Text as it can be compared: without markup, spaces and what Doxygen writes differently."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def page_words(text):
    text = re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.S)
    return words(html.unescape(re.sub(r"<[^>]*>", "", text)))


def public_comments(path):
    """The comments behind declarations that a user of the header sees, each with its line number
    and the name that is declared."""
    scopes = []  # of each open brace: is it seen
    found = []
    previous = ""
    behind = None  # [column, line number, name, text] of the comment that may go on
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.rstrip("\n")
        if re.match(r"\s*//", line):
            if behind and line.index("//") == behind[0]:
                behind[3] += " " + line[behind[0] + 2 :]
            continue
        if behind:
            found.append(behind[1:])
            behind = None
        at = re.search(r"\S( {2,}// )", line)
        comment = line[at.end(1) :] if at else ""
        code = line[: at.start(1)] if at else line
        code = re.sub(r"'(\\.|[^'\\])'|\"(\\.|[^\"\\])*\"", "0", code)
        if re.match(r"\s*(public|protected|private):", code):
            scopes[-1] = code.strip() != "private:"
        starts = SCOPE.match(code)
        if at and all(scopes) and not starts and not code.startswith("#"):
            code = code.rstrip()
            if code[-1] in ";," or re.match(r"\s+k[A-Z]\w*( = [^(){}]+)?$", code):
                if previous.endswith(" ="):
                    code = previous + code
                name = re.search(r"(\w+)\W*$", re.split(r" =|\(|\{|;", code)[0])[1]
                behind = [at.start(1) + len(at[1]) - 3, number, name, comment]
        previous = code.rstrip()
        for character in code:
            if character == "{":
                seen = bool(starts) and "internal" not in starts[2]
                scopes.append(seen)
            elif character == "}" and scopes:
                scopes.pop()
    return found


def defined_subject(path):
    """The type that the header begins with the name of and defines, with the first sentence."""
    lines = open(path, encoding="utf-8").read().split("\n")
    match = re.match(r"// ([A-Z]\w*)(?:<T>)?(?: and [A-Z]\w*)*: ", lines[0])
    if not match:
        return None
    definition = rf"(?:class|struct) (?:[A-Z_]+ |\[\[nodiscard\]\] )*{match[1]}\b[^;]*"
    if not any(re.fullmatch(definition, line) for line in lines):
        return None
    head = []
    for line in lines:
        if not line.startswith("//") or line == "//":
            break
        head.append(line[3:])
    sentence = re.match(r"(.*?)(?:[.:](?: |$)|$)", " ".join(head)[len(match[1]) + 2 :])[1]
    return match[1], sentence


def check_links(site, texts):
    problems = []
    found = {page: re.findall(r'(?:id|name)="([^"]+)"', text) for page, text in texts.items()}
    anchors = {page: set(names) for page, names in found.items()}
    for page, text in texts.items():
        for target in re.findall(r'href="([^"]+)"', text):
            name, _, anchor = html.unescape(target).partition("#")
            if re.match(r"[a-z]+:", name):
                continue
            name = name or page
            if name in texts:
                # Doxygen's own summary names nested types also where all of them are private.
                if anchor and anchor != "nested-classes" and anchor not in anchors[name]:
                    problems.append(f"{page} links to {target}, which is not on that page")
            elif not os.path.exists(os.path.join(site, name)):
                problems.append(f"{page} links to {target}, which is not there")
    return problems


def main():
    headers, site = sys.argv[1:3]
    texts = {}
    for path in glob.glob(os.path.join(site, "*.html")):
        texts[os.path.basename(path)] = open(path, encoding="utf-8").read()
    # Those of the reference; lists of members repeat what stands there.
    pages = {
        page: page_words(text)
        for page, text in texts.items()
        if not page.startswith("page") and not page.endswith("-members.html")
    }
    problems = check_links(site, texts)
    comments = subjects = 0
    for path in sorted(glob.glob(os.path.join(headers, "**/*.h"), recursive=True)):
        name = os.path.relpath(path, os.path.dirname(headers))
        if "/internal/" in name:
            continue
        # Pages of types name the header; that of the namespace has what is of no type.
        space = re.sub(r"kinesis_core/(?:(api|testing|lab)/)?.*", r"kinesis_1_1\1", name)
        namespace = f"namespace{space.removesuffix('_1_1')}.html"
        own = {page: text for page, text in pages.items() if words(name) in text}
        own[namespace] = pages[namespace]
        for number, declared, comment in public_comments(path):
            comments += 1
            # Type, initializer and marks such as "inline static" stand between the two.
            pattern = re.compile(words(declared) + r"[^\n]{0,200}?" + words(comment))
            on = min((page for page, text in own.items() if pattern.search(text)), default=None)
            if on is None:
                problems.append(f"{name}:{number}: is on no page: {declared}: {comment}")
            elif "--list" in sys.argv:
                print(f"{name}:{number}: {declared}: {comment.strip()}  ->  {on}")
        subject = defined_subject(path)
        if subject:
            subjects += 1
            suffix = "1" + subject[0]
            its = [t for p, t in pages.items() if re.match(rf"(class|struct).*_{suffix}\.html", p)]
            if not any(words(subject[1]) in text for text in its):
                problems.append(f"{name}: the page of {subject[0]} does not say: {subject[1]}")
    counts = collections.Counter(comments=comments, types=subjects)
    if min(counts.values()) < 20:
        problems.append(f"only {dict(counts)} were found to look for")
    print(f"site_check.py: {comments} comments behind declarations, {subjects} types of headers")
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
