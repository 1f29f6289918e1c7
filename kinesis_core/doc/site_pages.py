#!/usr/bin/env python3
"""Writes the pages of the repository for Doxygen, which site.sh runs over them.

    site_pages.py ROOT TAGFILE FOLDER

From README.md on, each Markdown page that a link leads to becomes FOLDER/ID.md, with links that
lead inside the site: to another page, to the reference of a header (which TAGFILE of a first run
knows), or to a page with the text of the file. A name in backquotes that the reference has, such as
`Stream::Put`, is a link to it.
"""

import html
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

MAIN = "README.md"
CONTENTS = "kinesis_core/doc/README.md"
# Namespaces in which pages leave the names of types unqualified, the first that has one wins.
NAMESPACES = ("kinesis::", "kinesis::api::", "kinesis::testing::", "kinesis::lab::")
LANGUAGES = {".cc": "cpp", ".h": "cpp", ".c": "cpp", ".py": "py", ".mjs": "js"}


class Reference:
    """What the reference has, with its addresses."""

    def __init__(self, tagfile):
        self.headers = {}  # by path as included
        self.names = {}  # of types and their members, qualified
        for compound in ElementTree.parse(tagfile).getroot():
            kind, name = compound.get("kind"), compound.findtext("name")
            address = compound.findtext("filename")
            if kind == "file":
                # The path is that of where site.sh has put the headers.
                folder = compound.findtext("path").partition("kinesis_core/")[2]
                self.headers["kinesis_core/" + folder + name] = address
            elif kind in ("class", "struct", "namespace"):
                if kind != "namespace":
                    self.names[name] = address
                for member in compound.findall("member"):
                    at = f"{member.findtext('anchorfile')}#{member.findtext('anchor')}"
                    self.names.setdefault(f"{name}::{member.findtext('name')}", at)

    def find(self, code):
        """The address of a name as a page writes it, with or without its arguments; or None."""
        match = re.fullmatch(r"([A-Z]\w+(?:::\w+)*)(?:\(.*\))?", code)
        if not match:
            return None
        found = (self.names.get(space + match[1]) for space in NAMESPACES)
        return next(filter(None, found), None)


def page_id(path):
    """A name of letters and digits, since Doxygen spells all others differently in addresses."""
    return "page" + re.sub(r"[^a-z0-9]", "", path.lower())


def slug(heading):
    """The anchor of a heading, as GitHub makes it."""
    text = re.sub(r"[^\w\- ]", "", heading.lower().replace("`", ""))
    return text.strip().replace(" ", "-")


class Site:
    def __init__(self, root, reference, folder):
        self.root, self.reference, self.folder = root, reference, folder
        self.pending = [MAIN, CONTENTS]
        self.seen = set(self.pending)

    def write_all(self):
        sources = []
        while self.pending:
            path = self.pending.pop(0)
            if not path.endswith(".md"):
                sources.append(path)
            if os.path.isdir(os.path.join(self.root, path)):
                text = self.list_of(path)
            else:
                with open(os.path.join(self.root, path), encoding="utf-8") as file:
                    text = file.read()
                if path.endswith(".md"):
                    text = self.convert(path, text)
                else:
                    text = self.source_page(path, text)
            self.write(page_id(path), text)
        # One entry of the tree at the left for all of them.
        lines = [f'- @subpage {page_id(path)} "{path}"' for path in sorted(sources)]
        self.write("pagesources", "# Files of the repository {#pagesources}\n\n" + "\n".join(lines))

    def write(self, name, text):
        with open(os.path.join(self.folder, name + ".md"), "w", encoding="utf-8") as file:
            file.write(text)

    def list_of(self, path):
        files = sorted(os.listdir(os.path.join(self.root, path)))
        files = [name for name in files if os.path.isfile(os.path.join(self.root, path, name))]
        lines = [f"- {self.link(path, name, f'`{name}`')}" for name in files]
        return f"# {path} {{#{page_id(path)}}}\n\n" + "\n".join(lines) + "\n"

    def source_page(self, path, text):
        language = LANGUAGES.get(os.path.splitext(path)[1])
        fence = "~~~~" + (f"{{.{language}}}" if language else "")
        return f"# {path} {{#{page_id(path)}}}\n\n{fence}\n{text}\n~~~~\n"

    def address(self, path, target):
        """Where a link on a page of `path`'s folder leads."""
        if re.match(r"[a-z]+:", target):
            return target
        name, _, anchor = target.partition("#")
        place = os.path.normpath(os.path.join(path, name)) if name else None
        for included in (place, f"kinesis_core/{place}"):  # api/ and testing/ have the second
            if included in self.reference.headers:
                return self.reference.headers[included]
        if place is None:
            return "#" + anchor
        readme = os.path.join(place, "README.md")
        if os.path.isfile(os.path.join(self.root, readme)):
            place = readme
        if place not in self.seen:
            if not os.path.exists(os.path.join(self.root, place)):
                sys.exit(f"site_pages.py: {path} links to {target}, which is not there")
            self.seen.add(place)
            self.pending.append(place)
        page = "index.html" if place == MAIN else page_id(place) + ".html"
        return page + (f"#{page_id(place)}-{anchor}" if anchor else "")

    def link(self, folder, target, text):
        code = re.sub(r"`([^`]*)`", lambda m: f"<code>{html.escape(m[1])}</code>", text)
        return f'<a href="{self.address(folder, target)}">{code}</a>'

    def convert(self, path, text):
        this = page_id(path)
        out, in_fence, is_title = [], False, True
        # Links may be broken over two lines, so all text between fences is taken at once.
        text = re.sub(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]*)\)", self.joined, text)
        for line in text.split("\n"):
            if re.match(r" *```", line):
                in_fence = not in_fence
                if in_fence:
                    language = re.match(r" *```(\w*)", line)[1]
                    line = "~~~~" + (f"{{.{language}}}" if language in ("cpp", "py") else "")
                else:
                    line = "~~~~"
            elif not in_fence and not line.startswith("    "):
                line = self.convert_line(path, line)
                heading = re.match(r"(#+) (.*)", line)
                if heading and is_title:
                    line = f"# {heading[2]} {{#{this}}}"
                    is_title = False
                elif heading:
                    plain = re.sub(r"<[^>]*>", "", heading[2])
                    line = f"{heading[1]} {heading[2]} {{#{this}-{slug(plain)}}}"
            elif not in_fence and re.match(r" +[-*|] |    [A-Z]", line) and "](" in line:
                line = self.convert_line(path, line)
            out.append(line)
        converted = "\n".join(out)
        return re.sub(r'href="#([^"]*)"', rf'href="#{this}-\1"', converted)

    @staticmethod
    def joined(match):
        return match[0].replace("\n", " ")

    def convert_line(self, path, line):
        """Links, and names in backquotes that the reference has. Pages that the table of contents
        links to are below it in the tree at the left."""
        folder, is_contents = os.path.dirname(path), path == CONTENTS
        parts = re.split(r"(\[(?:[^\[\]`]|`[^`]*`)*\]\([^()\s]*\)|`[^`]*`)", line)
        for i in range(1, len(parts), 2):
            link = re.fullmatch(r"\[(.*)\]\(([^()\s]*)\)", parts[i])
            if link and is_contents and re.fullmatch(r"\w+\.md", link[2]):
                self.address(folder, link[2])
                parts[i] = f'@subpage {page_id(os.path.join(folder, link[2]))} "{link[1]}"'
            elif link:
                parts[i] = self.link(folder, link[2], link[1])
            else:
                code = parts[i][1:-1]
                address = self.reference.find(code)
                if address and not line.startswith("#"):
                    parts[i] = f'<a href="{address}"><code>{html.escape(code)}</code></a>'
        return "".join(parts)


def main():
    root, tagfile, folder = sys.argv[1:]
    Site(root, Reference(tagfile), folder).write_all()


if __name__ == "__main__":
    main()
