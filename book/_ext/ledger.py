"""The directive of the ledger of claims: {claims-ledger} with the name of a section.

It puts together the page from the stored outputs of all notebooks whenever the page is built, and
asks for the page to be read again at each build, since any chapter may have changed.
"""

from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from lossnb.book import ledger


class ClaimsLedger(SphinxDirective):
    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        if name not in ledger.SECTIONS:
            raise self.error(f"claims-ledger: {name!r} is none of {', '.join(ledger.SECTIONS)}")
        self.env.note_reread()
        book = [Path(self.env.doc2path(doc)) for doc in sorted(self.env.found_docs)]
        text = ledger.section(name, ledger.entries(book))
        container = nodes.container(classes=["ledger"])
        lines = StringList(text.splitlines(), self.get_source_info()[0])
        self.state.nested_parse(lines, self.content_offset, container)
        return [container]


def setup(app) -> dict:
    app.add_directive("claims-ledger", ClaimsLedger)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
