"""Leaf vocabulary: the words that tables, engine and pages share. Values are stored; never rename one."""

from django.db.models import TextChoices


class State(TextChoices):
    """Where a generation is. QUEUED → SUBMITTING → RUNNING → STORING → READY; any but READY → FAILED, CANCELLED."""

    QUEUED = "queued", "Waiting"
    SUBMITTING = "submitting", "Sending"
    RUNNING = "running", "Running"
    STORING = "storing", "Saving"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"

    @property
    def is_final(self) -> bool:
        return self in FINAL_STATES


FINAL_STATES = frozenset({State.READY, State.FAILED, State.CANCELLED})
OPEN_STATES = frozenset(State) - FINAL_STATES


class StatusCode(TextChoices):
    """Why it is there: the fine detail. Each has one plain sentence in `generations/sentences.py`."""

    NONE = "", "Nothing to add"
    # waiting
    IN_LINE = "in_line", "In line here, over the model's limit"
    LINE_STOPPED = "line_stopped", "The line is stopped after refusals"
    PROVIDER_PENDING = "provider_pending", "In the provider's queue"
    THROTTLED = "throttled", "Over the provider's limit of tasks at a time"
    KEY_REFUSED = "key_refused", "The provider refuses the key"
    KEY_UNREADABLE = "key_unreadable", "The team's key cannot be read here"
    ON_BEHALF_OF = "on_behalf_of", "The account wants to be told on whose behalf"
    VERSION_REFUSED = "version_refused", "The provider does not answer this version of its API any more"
    DAILY_LIMIT = "daily_limit", "The provider's daily limit is reached"
    PROVIDER_DOWN = "provider_down", "The provider does not answer"
    PROVIDER_BUSY = "provider_busy", "The provider asks to wait"
    REFERENCE_UNREADABLE = "reference_unreadable", "A reference cannot be read from the storage"
    # sent, not known
    OUTCOME_UNKNOWN = "outcome_unknown", "Sent, and no answer came"
    UNKNOWN_STATUS = "unknown_status", "The provider says something new"
    OTHER_KEY = "other_key", "Sent with another key, whose tasks this one does not see"
    # finished there, not here
    STORAGE_FULL = "storage_full", "The storage is full"
    STORAGE_DOWN = "storage_down", "The storage does not answer"
    DOWNLOAD_INTERRUPTED = "download_interrupted", "The download broke off"
    LINK_EXPIRED = "link_expired", "The link expired"
    # failed
    MODERATED_INPUT = "moderated_input", "Prompt or image moderated"
    MODERATED_OUTPUT = "moderated_output", "Result moderated"
    INVALID_INPUT = "invalid_input", "Not accepted by the provider"
    INVALID_ASSET = "invalid_asset", "Image not accepted by the provider"
    MODEL_RETIRED = "model_retired", "Model not offered any more"
    MODEL_NOT_ENABLED = "model_not_enabled", "Model not enabled for this account"
    PROVIDER_OUT_OF_CREDITS = "provider_out_of_credits", "The provider's account is empty"
    REFUSED = "refused", "Refused by the provider"
    BAD_OUTPUT = "bad_output", "The provider's result was unusable"
    PROVIDER_UNAVAILABLE = "provider_unavailable", "The renderer was not available"
    PROVIDER_INTERNAL = "provider_internal", "The provider failed"
    TASK_LOST = "task_lost", "The provider does not know the task"
    NOT_A_VIDEO = "not_a_video", "What arrived is not a video"
    NOT_SENT = "not_sent", "Found not to have been sent"
    CHARGED_UNSEEN = "charged_unseen", "Found to have been charged, without a task"
    UNREADABLE_ROW = "unreadable_row", "The stored request cannot be read"
    # cancelled
    CANCELLED_BY_PERSON = "cancelled_by_person", "Cancelled"
    CANCELLED_ELSEWHERE = "cancelled_elsewhere", "Cancelled at the provider"


class EntryKind(TextChoices):
    """Kinds of ledger entries."""

    GRANT = "grant", "Grant"
    HOLD = "hold", "Hold"
    SETTLE = "settle", "Settle"
    RELEASE = "release", "Release"
    ADJUST = "adjust", "Adjust"


class SurpriseKind(TextChoices):
    """What a provider says that nobody here knows."""

    STATUS = "status", "Status"
    FAILURE_CODE = "failure_code", "Failure code"
    FIELD = "field", "Field"
    ISSUE_CODE = "issue_code", "Complaint"


class Verdict(TextChoices):
    """What usage and balance say about a take whose outcome is unknown."""

    NOT_CHARGED = "not_charged", "Nothing was charged"
    CHARGED = "charged", "It was charged"
    UNCLEAR = "unclear", "Not clear"


class WayKind(TextChoices):
    """How a clip is made from what; the values equal `providers.base.WayKind`."""

    TEXT = "text_to_video", "Text to video"
    IMAGE = "image_to_video", "Image to video"
    VIDEO = "video_to_video", "Video to video"
    PERFORMANCE = "character_performance", "Performance"
    UPSCALE = "video_upscale", "Upscale"
    HDR = "video_to_hdr", "HDR"
    SOUND = "video_to_audio", "Sound"
    STILL = "text_to_image", "Still"


class InputRole(TextChoices):
    """What a reference or a clip does in a request; the values equal `providers.base.InputRole`."""

    FIRST = "first", "First frame"
    MIDDLE = "middle", "Middle frame"
    LAST = "last", "Last frame"
    REFERENCE_IMAGE = "reference_image", "Reference image"
    REFERENCE_VIDEO = "reference_video", "Reference video"
    REFERENCE_AUDIO = "reference_audio", "Reference sound"
    SOURCE = "source", "Source video"
    CHARACTER = "character", "Character"
    PERFORMANCE = "performance", "Performance"
    KEYFRAME = "keyframe", "Keyframe"


class MediaKind(TextChoices):
    """What sort of file it is; the values equal `providers.base.MediaKind`."""

    IMAGE = "image", "Image"
    VIDEO = "video", "Video"
    AUDIO = "audio", "Sound"
