"""The files of a task: what each is called, and what the renderer is told."""

from studio.simulator.delivery import ending_of
from studio.simulator.renderer import ClipSpec
from studio.simulator.scenarios import without_tags
from studio.simulator.tasks import Task


def names_of(task: Task) -> list[str]:
    """The names of the outputs, in order: the task alone where there is one, else numbered."""
    ending = ending_of(task.plan.format)
    if task.plan.count == 1:
        return [f"{task.id}.{ending}"]
    return [f"{task.id}-{number}.{ending}" for number in range(1, task.plan.count + 1)]


def task_id_in(name: str) -> str:
    """The task of an output; ids are 36 characters long."""
    return name[:36]


def number_in(name: str) -> int:
    """Which output of its task this is, from 0."""
    number = name[36:].partition(".")[0].removeprefix("-")
    return int(number) - 1 if number.isdigit() else 0


def spec_of(task: Task, *, number: int, is_draft: bool) -> ClipSpec:
    """What the renderer is told for one file."""
    order, plan = task.order, task.plan
    return ClipSpec(
        prompt=without_tags(order.prompt),
        width=plan.width,
        height=plan.height,
        duration_s=plan.duration_s,
        seed=task.seed,
        has_sound=plan.has_sound,
        first=task.pictures.first,
        last=task.pictures.last,
        is_draft=is_draft,
        way=plan.way,
        format=plan.format,
        fps=plan.fps,
        number=number,
        media=task.pictures.media,
        settings=order.settings,
    )
