"""What a cell shows: `display`, and text with a format."""

import tlb_session


class Text:
    """Text in a format that the page may know."""

    mime = "text/plain"

    def __init__(self, data=None):
        self.data = data

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {self.mime: self.data}

    def __repr__(self):
        cls = type(self)
        return f"<IPython.core.display.{cls.__name__} object>"


class Markdown(Text):
    mime = "text/markdown"


class HTML(Text):
    mime = "text/html"


class SVG(Text):
    mime = "image/svg+xml"


def display(*things, raw=False, metadata=None):
    """Show things in the output of the cell, each in the formats that it has."""
    for thing in things:
        data, found = (thing, {}) if raw else tlb_session.formats(thing)
        tlb_session.emit(
            output_type="display_data",
            data=data,
            metadata={**found, **(metadata or {})},
        )
