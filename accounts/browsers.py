"""What people call the browser behind a User-Agent header."""

from functools import lru_cache

import user_agents

OTHER = "Other"
UNKNOWN = "an unknown browser"


@lru_cache(maxsize=512)
def browser_name(agent: str) -> str:
    """`Firefox on Windows`; what is not known is left out."""
    read = user_agents.parse(agent)
    browser = "" if read.browser.family == OTHER else str(read.browser.family)
    system = "" if read.os.family == OTHER else str(read.os.family)
    if not (browser or system):
        return UNKNOWN
    return f"{browser or 'A browser'} on {system}" if system else browser
