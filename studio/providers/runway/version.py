"""Which version of Runway's API the client speaks, since when that is known, and what Runway is taking away."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Deprecation:
    """Something that Runway takes away, or has taken away. `until` is the last day on which it worked, None where no
    end is known; `instead` says what the studio does."""

    what: str
    until: date | None
    instead: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiVersion:
    """A version of the API. `header` is what goes out as `X-Runway-Version`; `known_on` is the day on which header and
    deprecations were last compared with Runway's own pages."""

    header: str
    known_on: date
    source: str
    support: str
    deprecations: tuple[Deprecation, ...] = ()


API = ApiVersion(
    header="2024-11-06",
    known_on=date(2026, 11, 22),
    source="docs.dev.runwayml.com/api-details/versioning, and the official SDK runwayml 5.24.0",
    support="A superseded version is answered for four months, and may be refused after that.",
    deprecations=(
        Deprecation(
            what="API version 2024-09-13",
            until=None,
            instead="The studio sends 2024-11-06.",
            source="docs.dev.runwayml.com/api-details/versioning",
        ),
        Deprecation(
            what="ratio of video_to_video",
            until=None,
            instead="The studio does not send it where a model has its own field.",
            source="the SDK's changelog, 4.5.0 (2026-02-03)",
        ),
        Deprecation(
            what="Gen-3 Alpha Turbo and Gen-4 Aleph",
            until=date(2026, 7, 29),
            instead="Gen-4 Turbo or Gen-4.5, and Aleph 2.",
            source="docs.dev.runwayml.com, changelog",
        ),
        Deprecation(
            what="Veo 3",
            until=date(2026, 8, 6),
            instead="Veo 3.1 with sound.",
            source="the OpenAPI descriptions of 2026-07-27 and 2026-08-07: the exact day is not known",
        ),
    ),
)
API_VERSION = API.header
