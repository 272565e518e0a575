"""What can be looked at for nothing: the account, the version, and how the API refuses."""

from studio.management.smoke import shapes
from studio.management.smoke.checks import Book
from studio.management.smoke.ear import Heard, Wire
from studio.management.smoke.shapes import difference, difference_of_all, kind_of, named
from studio.providers.base import WayKind
from studio.providers.catalog import MODELS
from studio.providers.runway.account import NOT_OFFERED

BAD_VERSION = "The API version that was provided in the X-Runway-Version header is not valid."
NO_TASK = "Could not find Task"
INVALID = "Validation of body failed"
NOBODYS_KEY = "key_nobodys"
NOBODYS_TASK = "00000000-0000-4000-8000-000000000000"
NO_MODEL = "dailies_asks_what_there_is"
ORGANIZATION_PATH = "/v1/organization"
IMAGE_PATH = "/v1/image_to_video"
NO_VERSION = "1999-01-01"


async def look_at_account(wire: Wire, book: Book) -> bool:
    """The organization's answer. Whether the key is taken."""
    book.step = "The account"
    heard = await wire.ask("GET", ORGANIZATION_PATH)
    if not book.equal("the status of GET /v1/organization", heard.status, 200):
        book.expect("the key is taken", heard.error or "it is not")
        return False
    body = heard.body if isinstance(heard.body, dict) else {}
    tier, usage = _object(body.get("tier")), _object(body.get("usage"))
    for name, part, shape in (
        ("the answer", heard.body, shapes.ORGANIZATION),
        ("tier", body.get("tier"), shapes.TIER),
    ):
        book.expect(f"{name} has {shapes.listed(shape)}", difference(part, shape))
    for name, entries, shape in (
        ("each of tier.models", tier.get("models"), shapes.LIMITS),
        ("each of usage.models", usage.get("models"), shapes.USED),
    ):
        book.expect(f"{name} has {shapes.listed(shape)}", difference_of_all(entries, shape))
    book.expect("answers carry a Date", "" if heard.headers.get("date") else "there is none")
    return True


async def look_at_refusals(wire: Wire, book: Book) -> None:
    """How the API refuses: nothing of this is charged."""
    book.step = "Refusals"
    heard = await wire.ask("GET", ORGANIZATION_PATH, version=NO_VERSION)
    book.equal("the status for an unknown version", heard.status, 400)
    book.equal("its sentence", heard.error, BAD_VERSION)
    heard = await wire.ask("GET", ORGANIZATION_PATH, version=None)
    book.equal("the status without a version", heard.status, 400)
    heard = await wire.ask("GET", ORGANIZATION_PATH, key=NOBODYS_KEY)
    book.equal("the status for a key that is nobody's", heard.status, 401)
    book.equal("its error", kind_of(heard.error or None), "text")
    heard = await wire.ask("GET", f"/v1/tasks/{NOBODYS_TASK}")
    book.equal("the status for a task that is nobody's", heard.status, 404)
    book.equal("its sentence", heard.error, NO_TASK)


async def look_at_models(wire: Wire, book: Book) -> None:
    """Which models image-to-video takes: the refusal of one that cannot exist names them."""
    book.step = "Models"
    heard = await wire.ask("POST", IMAGE_PATH, json={"model": NO_MODEL})
    book.equal("the status for an unknown model", heard.status, 400)
    book.equal("its sentence", heard.error, INVALID)
    about_model = [issue for issue in heard.issues if issue.get("path") == ["model"]]
    book.expect("an issue has the path [model]", "" if about_model else f"there are {len(heard.issues)} others")
    offered = _values(heard)
    if not offered:
        book.skip("image-to-video takes the models of the catalog", "the refusal does not name those that it takes")
        return
    ours = {model.name for model in MODELS.values() if model.way(WayKind.IMAGE) and not model.is_retired}
    book.expect("no model is new", _more("new", offered - MODELS.keys() - NOT_OFFERED))
    book.expect("no model of the catalog is gone", _more("gone", ours - offered))


def _values(heard: Heard) -> set[str]:
    said = [issue.get("values") for issue in heard.issues if issue.get("path") == ["model"]]
    return {name for values in said if isinstance(values, list) for name in values if isinstance(name, str)}


def _more(word: str, names: set[str]) -> str:
    return f"{word}: {named(sorted(names))}" if names else ""


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
