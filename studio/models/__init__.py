"""The tables of the studio, one file a noun."""

from studio.models.clip import Clip, ClipFile
from studio.models.generation import Generation, GenerationEvent, GenerationReference
from studio.models.ledger import CreditAccount, LedgerEntry
from studio.models.limit import Breaker, ModelLimit
from studio.models.pace import ModelPace
from studio.models.price_drift import PriceDrift
from studio.models.project import InvitedProject, Project, ProjectMember, in_hand_of, seen_by
from studio.models.prompt import Prompt
from studio.models.provider_key import ProviderKey
from studio.models.reference import Reference, ReferenceUpload
from studio.models.surprise import RefusedModel, Surprise
from studio.models.usage import BalanceReading, Evidence, UsageReading
from studio.models.worker import WorkerHeartbeat

__all__ = [
    "BalanceReading",
    "Breaker",
    "Clip",
    "ClipFile",
    "CreditAccount",
    "Evidence",
    "Generation",
    "GenerationEvent",
    "GenerationReference",
    "InvitedProject",
    "LedgerEntry",
    "ModelLimit",
    "ModelPace",
    "PriceDrift",
    "Project",
    "ProjectMember",
    "Prompt",
    "ProviderKey",
    "Reference",
    "ReferenceUpload",
    "RefusedModel",
    "Surprise",
    "UsageReading",
    "WorkerHeartbeat",
    "in_hand_of",
    "seen_by",
]
