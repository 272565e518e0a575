"""The words of the matrix: the steps of a take's way, and what can go wrong at each."""

from enum import StrEnum


class Step(StrEnum):
    """Where on its way a take is."""

    CLAIM = "claim"
    UPLOAD = "upload"
    SEND = "before POST"
    SENT = "after POST, before commit"
    POLL = "poll"
    DOWNLOAD = "download"
    PROBE = "probe"
    STORE = "store"
    SETTLE = "settle"
    CANCEL = "cancel"


class Fault(StrEnum):
    """What goes wrong there."""

    KILLED = "killed"
    DATABASE_GONE = "database gone"
    ANSWER_429 = "429"
    ANSWER_500 = "500"
    HTML_502 = "502 in HTML"
    ANSWER_503 = "503"
    EMPTY_504 = "empty 504"
    TIMEOUT = "timeout"
    RESET = "reset"
    GARBAGE = "garbage JSON"
    UNKNOWN_STATUS = "unknown status"
    UNKNOWN_FIELDS = "unknown fields"
    NO_COST = "no cost"
    LINK_403 = "link 403"
    SHORT = "shorter than announced"
    LONG = "longer than announced"
    NOT_A_VIDEO = "not a video"
    ZERO_BYTES = "zero bytes"
    STORAGE_REFUSES = "storage refuses"
    STORAGE_SILENT = "storage does not answer"
    DISK_FULL = "disk full"
    CLOCK_FORWARD = "clock a day on"
    CLOCK_BACK = "clock a day back"
    KEY_REVOKED = "key revoked"
    TASK_GONE = "task gone"
    CANCELLED_ELSEWHERE = "cancelled elsewhere"
    MODEL_RETIRED = "model retired"
