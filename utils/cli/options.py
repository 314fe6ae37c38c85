"""Every option of the `course` command: one flag, one sentence, one meaning wherever it stands.

An error from another room names arguments; here they become the flags that a person types.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

from typer import Argument, CallbackParam, Option

from utils import settings
from utils.errors import CourseError


def _one_of(choices: Sequence[str]) -> Callable[[CallbackParam, str | None], str | None]:
    """Return what refuses any other value of an option, in a sentence that names its flag."""

    def check(option: CallbackParam, value: str | None) -> str | None:
        if value is not None and value not in choices:
            known = ", ".join(choices)
            raise CourseError(f"{option.opts[0]} is {value!r}, which is not one of {known}.")
        return value

    return check


MOST_NAMES = 1_000_000  # bytes of a file of names

# Work: what `run`, `lab`, `train` and `search` share
ProfileOption = Annotated[
    str | None,
    Option(callback=_one_of(settings.PROFILE_NAMES), help="How much work: smoke, quick or full."),
]
DataOption = Annotated[
    str | None,
    Option(
        callback=_one_of(settings.DATA_SOURCES),
        help="auto, real (downloads) or sample (built in).",
    ),
]
RunsOption = Annotated[
    Path | None,
    Option(parser=settings.resolve_path, metavar="FOLDER", help="The log root of all runs."),
]

OnlyOption = Annotated[str | None, Option(help="Some notebooks: 01-06, or 01,03, or 11_layers.")]
JobsOption = Annotated[
    int | None,
    Option("--jobs", "-j", metavar="N", min=1, help="Notebooks side by side; else as many as fit."),
]
WorkOption = Annotated[bool, Option("--work", help="Your own copies, those in work/.")]
PortOption = Annotated[int | None, Option(help="6006 or the next free one unless given.")]

# The learner's copies
NotebooksArgument = Annotated[
    str, Argument(metavar="NOTEBOOKS", help="06, or 11-13, or 06_mnist, or all.")
]
NoPullOption = Annotated[bool, Option("--no-pull", help="Take what lies in notebooks/ already.")]

# Training and comparing
VariantOption = Annotated[
    list[str] | None,
    Option("--variant", metavar="NAME", help="One variant; may be repeated. All unless given."),
]
SeedsOption = Annotated[
    int, Option(metavar="N", min=1, help="Runs a variant, with seeds 0, 1, 2, ...")
]
PartOption = Annotated[
    str | None, Option(metavar="K/N", help="Only every N-th run, from the K-th: 1/3, 2/3, 3/3.")
]

_OUTPUT = Option(
    "--output", "-o", parser=settings.resolve_path, metavar="FILE", help="The file to write."
)
OutputOption = Annotated[Path, _OUTPUT]
MaybeOutputOption = Annotated[Path | None, _OUTPUT]

VerifyOption = Annotated[
    bool, Option("--verify", help="Read every event file whole, against its run.json.")
]

# A search
TrialsOption = Annotated[int, Option(metavar="N", help="Recipes to try.")]
SearchOption = Annotated[str, Option("--search", help="Who proposes recipes: optuna or random.")]
FinalistsOption = Annotated[int, Option(metavar="N", help="Best trials that get three more seeds.")]
SeedOption = Annotated[int, Option(metavar="N", help="Of the proposals and of every trial.")]
NameOption = Annotated[
    str | None, Option(help="Its folder in the log root: search, or STUDY-search.")
]
AtOnceOption = Annotated[
    int | None, Option(metavar="N", min=1, help="Trials side by side; else as many as fit.")
]
AddressOption = Annotated[
    str | None, Option(help="A Ray cluster: auto or HOST:PORT; else this machine.")
]
StorageOption = Annotated[
    str | None, Option(help="What its machines share: a folder or s3://BUCKET/PATH.")
]

# Workbooks
CheckOption = Annotated[
    bool, Option("--check", help="Let LibreOffice calculate it anew, and compare.")
]
SizeOption = Annotated[str | None, Option(help="Scale to WIDTHxHEIGHT, such as 200x150.")]
PictureOption = Annotated[
    Path | None,
    Option(parser=settings.resolve_path, metavar="FILE", help="A picture for the Input sheet."),
]
NumberOption = Annotated[
    int, Option(metavar="N", min=0, help="Without --picture: which validation picture.")
]
ClassesOption = Annotated[
    str | None,
    Option(
        "--classes", "--labels", metavar="NAMES", help="The classes: cat,dog or a file of them."
    ),
]
UntilOption = Annotated[
    str,
    Option("--until", "-u", metavar="LAYER", help="What this layer needs, where all is too large."),
]
TitleOption = Annotated[str, Option(metavar="WORDS", help="The page's heading.")]
LabelOption = Annotated[str | None, Option(help="The right class, by its name.")]
LearningRateOption = Annotated[float, Option(help="From 0 to 100.")]
EpochsOption = Annotated[int, Option(help="Rows of the table, 1 to 10,000.")]

# A learner's progress
ExportOption = Annotated[
    Path | None,
    Option(parser=settings.resolve_path, metavar="FILE", help="Write a teacher's table: FILE.csv."),
]
LearnerOption = Annotated[str | None, Option(help="With --export: whose table it is.")]
ForceOption = Annotated[bool, Option("--force", help="Overwrite the file.")]

# A class. FOLDER may be a zip, as a learning platform hands it out.
ClassFolderArgument = Annotated[
    Path,
    Argument(
        metavar="FOLDER", parser=settings.resolve_path, help="What was handed in; or one zip of it."
    ),
]
ReportsOption = Annotated[
    list[Path] | None,
    Option(
        "--output",
        "-o",
        parser=settings.resolve_path,
        metavar="FILE",
        help="The file to write.",
    ),
]
NamesOption = Annotated[
    Path | None,
    Option(
        parser=settings.resolve_path,
        metavar="FILE.csv",
        help="Whose numbers: two columns, learner and COURSE_LEARNER.",
    ),
]
TrustOption = Annotated[bool, Option("--trust", help="Run it here where no cage can be made.")]

# A launch. FloydHub's flags keep their names, --data its FloydHub meaning; the hidden ones are
# in the sentences above the list, so that the list fits on one screen.
# All words, so that a line for bash, as `floyd run` took it, is answered with what to type.
TaskArgument = Annotated[list[str] | None, Argument(metavar="TASK", hidden=True)]
GpuOption = Annotated[bool, Option("--gpu", hidden=True, help="T4, L4, A10 or A10G.")]
Gpu2Option = Annotated[bool, Option("--gpu2", hidden=True, help="A100 or L40S.")]
CpuOption = Annotated[bool, Option("--cpu", hidden=True, help="2 cores.")]
Cpu2Option = Annotated[bool, Option("--cpu2", hidden=True, help="8 cores.")]
TaskOption = Annotated[str | None, Option(hidden=True, help="As TASK, the way floyd had it.")]
MessageOption = Annotated[str | None, Option("--message", "-m", hidden=True, help="A description.")]
TensorBoardOption = Annotated[
    bool, Option("--tensorboard", hidden=True, help="Accepted: TensorBoard is always on.")
]
JobDataOption = Annotated[
    list[str] | None,
    Option("--data", metavar="SOURCE:DEST", help="A data set, folder or bucket; repeatable."),
]
ModeOption = Annotated[str | None, Option(help="job or jupyter.")]
EnvOption = Annotated[str | None, Option(help="tensorflow-2.21 or tensorflow-2.20.")]
CommandOption = Annotated[str | None, Option(help="What bash is to run, in quotes.")]
MaxRuntimeOption = Annotated[
    int | None, Option(metavar="SECONDS", help="Until the job is ended; 7200 unless given.")
]
NodesOption = Annotated[int | None, Option(metavar="N", help="Machines, as one Ray cluster.")]
InfraOption = Annotated[
    str,
    Option(
        metavar="WHERE",
        show_default=False,
        help="aws, gcp, azure, lambda, kubernetes, ssh/NAME or any.",
    ),
]
HostOption = Annotated[
    str | None, Option(metavar="USER@ADDRESS", help="A machine that ssh reaches; or with :PORT.")
]
SbatchOption = Annotated[
    bool, Option("--sbatch", help="Write a script for Slurm; --array divides a training.")
]
ArrayOption = Annotated[
    bool, Option("--array", hidden=True, help="With --sbatch: each run of `course train` apart.")
]
MaxHourlyCostOption = Annotated[
    float, Option(metavar="USD", min=0.01, help="All machines together.")
]
IdleMinutesOption = Annotated[
    int | None,
    Option(metavar="N", min=1, help="Until the machine goes: 10; with --detach 60."),
]
FollowOption = Annotated[bool, Option("--follow", "-f", help="Print what the job writes.")]
DetachOption = Annotated[bool, Option("--detach", help="Don't watch: you fetch it in time.")]
YesOption = Annotated[bool, Option("--yes", "-y", hidden=True, help="Don't ask before starting.")]
LocalOption = Annotated[bool, Option("--local", help="Run the job on this machine.")]
DryRunOption = Annotated[
    bool, Option("--dry-run", help="Only print the price; --show-task: the task too.")
]
ShowTaskOption = Annotated[
    bool, Option("--show-task", hidden=True, help="As --dry-run, and SkyPilot's task.")
]

# Machines that were launched before
MachineArgument = Annotated[
    str | None,
    Argument(metavar="NAME", help="As `course jobs` lists it; not needed for an only one."),
]
DiscardOption = Annotated[bool, Option("--discard", help="Give up what it made: end it at once.")]

# Arguments whose flag has another name; a job's machine is chosen by one of four flags.
_FLAGS = {"by": "--search", "machine": "--gpu, --gpu2, --cpu or --cpu2"}


def class_names(given: str | None) -> list[str]:
    """Return the names that --classes gives: with commas between, or a text file, a line each.

    None gives none. Raises CourseError where it is one word that names no file of text.
    """
    if not given or "," in given:
        return [name.strip() for name in (given or "").split(",") if given]
    from utils.data.pictures import ordinary_file  # brings NumPy and Pillow along

    path = ordinary_file(
        settings.resolve_path(given), MOST_NAMES, "names with commas between, or a file of names"
    )
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise CourseError(
            f"{path} isn't text in UTF-8.", "Save it so, a class's name a line."
        ) from error
    return [line.strip() for line in lines if line.strip()]


def flag(argument: str) -> str:
    """Return what a person types for an argument: `--max-runtime` for `max_runtime`."""
    return _FLAGS.get(argument) or f"--{argument.replace('_', '-')}"


def with_flags(error: CourseError) -> str:
    """Return an error's sentences with the flag in place of each argument that they name."""
    text = str(error)
    for name in error.arguments:
        text = text.replace(f"`{name}`", flag(name))
    return text
