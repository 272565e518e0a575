"""A small reader of HTML: finds elements, and does to a page what htmx does with an answer."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())  # noqa: SIM905  # a list of words
ONE_TIME = frozenset({"token", "csrfmiddlewaretoken"})
OOB = "hx-swap-oob"


@dataclass
class Element:
    """An element with its attributes and children; the text between them is kept without needless spaces."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    def walk(self) -> Iterator["Element"]:
        """This element and all below it."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def find(self, **wanted: str) -> "Element":
        """The first element whose attributes have these values (`_` for `-`). Raises LookupError."""
        names = {name.rstrip("_").replace("_", "-"): value for name, value in wanted.items()}
        for element in self.walk():
            if all(element.attributes.get(name) == value for name, value in names.items()):
                return element
        raise LookupError(f"No element with {names}.")

    def all(self, attribute: str) -> list["Element"]:
        """All elements that have the attribute."""
        return [element for element in self.walk() if attribute in element.attributes]

    @property
    def text(self) -> str:
        """All text below, with single spaces."""
        parts = [child.text if isinstance(child, Element) else child for child in self.children]
        return " ".join(" ".join(parts).split())

    def lines(self, depth: int = 0) -> Iterator[str]:
        """One line a piece, for comparing: what is different each time is left out."""
        shown = dict(self.attributes)
        if shown.get("name") in ONE_TIME:
            shown["value"] = "…"
        shown.pop("hx-headers", None)
        attributes = "".join(f' {name}="{" ".join(shown[name].split())}"' for name in sorted(shown))
        yield f"{'  ' * depth}<{self.tag}{attributes}>"
        for child in self.children:
            if isinstance(child, Element):
                yield from child.lines(depth + 1)
            elif child.strip():
                yield f"{'  ' * (depth + 1)}{' '.join(child.split())}"


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def parse(markup: str | bytes) -> Element:
    """The tree of a page or a fragment. Raises AssertionError where a tag closes the wrong element."""
    builder = _Builder()
    builder.feed(markup if isinstance(markup, str) else markup.decode())
    builder.close()
    assert [element.tag for element in builder._open] == [""], "something is not closed"
    return builder.root


def swap(page: Element, answer: Element, *, target: str) -> Element:
    """The page after htmx has put the answer in place of `target`: outerHTML, and the parts out of band."""
    main: list[Element | str] = []
    for part in answer.children:
        if isinstance(part, Element) and OOB in part.attributes:
            _swap_out_of_band(page, part)
        else:
            main.append(part)
    _replace(page, target, main)
    return page


def _swap_out_of_band(page: Element, part: Element) -> None:
    how = part.attributes.pop(OOB)
    if how == "afterbegin":
        page.find(id=part.attributes["id"]).children[:0] = part.children
    else:
        assert how == "true", how
        _replace(page, part.attributes["id"], [part])


def _replace(page: Element, element_id: str, new: list[Element | str]) -> None:
    for parent in page.walk():
        for place, child in enumerate(parent.children):
            if isinstance(child, Element) and child.attributes.get("id") == element_id:
                parent.children[place : place + 1] = new
                return
    raise LookupError(f"The page has no #{element_id}.")
