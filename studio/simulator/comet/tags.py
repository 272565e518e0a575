"""How a task is told: chosen by `[[comet_...]]` in its prompt, beside the scenarios of the remote."""

import re

TAGS = {
    "comet_bare": "Runway's own object, as the newer pages show it",
    "comet_flat": "flat fields and no object of Runway's",
    "comet_fail_reason": "the clip's link in `fail_reason`, as old builds put it",
    "comet_hidden": "not shown for a while after its create: `task_not_exist`",
    "comet_finished": "`/v1/responses` answers when the clip is finished, with its link",
    "comet_nameless": "`/v1/responses` answers when the clip is finished, and names nothing to ask for again",
    "comet_task": "`/v1/responses` answers with the id of a task",
    "comet_words": "`/v1/responses` answers in words, with the link in a text",
    "comet_forgets": "a response cannot be read again",
    "comet_html_500": "creating makes the task, and answers an HTML 500",
    "comet_html_524": "creating makes the task, and answers an HTML 524",
    "comet_html_read": "reading the task answers an HTML 503 for a while",
}
TAG = re.compile(r"\[\[(comet_[a-z0-9_]+)\]\]")


def tags_of(prompt: str) -> frozenset[str]:
    """The known tags in a prompt."""
    return frozenset(TAG.findall(prompt)) & TAGS.keys()
