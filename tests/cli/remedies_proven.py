"""How each command that the repository tells a person to type is proven: a line each.

A command that test_remedies.py finds and this table lacks fails that test: add its line here, with
the strongest proof that is quick and harmless.

- runs(): typed for real, in a folder of its own, offline. What is to be filled in, {} in the
  command, is given. says: the sentence that it ends with there, where that is no success.
- dry(): typed for real with --dry-run added, which starts nothing.
- parses(why): read by the real parser down to the last option, and every study, variant, task,
  notebook, data set and file in it exists. Why it isn't run: it takes too long or does too much.
- named(): in pages, where a command's name stands for what it does; and in these files of utils.
- makes(): `make -n`. installs(): pip's own parser; files, extras and pins are ours. helps(): a
  module's own --help has its options. clones(): typed in a fresh clone. variable(): a variable
  that the course reads. believed(why): another's program that isn't here.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Proof:
    """kind: a function below. fill: words for each {}. says, why: as above."""

    kind: str
    fill: tuple[str, ...] = ()
    says: str = ""
    why: str = ""


def runs(*fill: str, says: str = "") -> Proof:
    return Proof("runs", fill, says=says)


def dry(*fill: str) -> Proof:
    return Proof("dry", fill)


def parses(why: str, *fill: str) -> Proof:
    return Proof("parses", fill, why=why)


def named(*files: str) -> Proof:
    return Proof("named", files)


def makes() -> Proof:
    return Proof("makes")


def installs() -> Proof:
    return Proof("installs")


def helps() -> Proof:
    return Proof("helps")


def clones() -> Proof:
    return Proof("clones")


def variable() -> Proof:
    return Proof("variable")


def believed(why: str) -> Proof:
    return Proof("believed", why=why)


TRAINS = "it trains for minutes to hours"
DOWNLOADS = "it downloads up to 170 MB"
SERVES = "it starts servers, which stay"
MACHINE = "it asks a cloud for its machines"
WORKBOOK = "it takes a minute; test_cli_sheet.py writes it"
ACCOUNT = "SkyPilot's own program needs an account; its documentation has the line"

PROVEN = {
    # Data
    "course data": runs(),
    "course data fetch cifar10": parses(DOWNLOADS),
    "course data fetch {}": parses(DOWNLOADS, "mnist"),
    "course data verify": parses("it reads whatever data are there, byte by byte"),
    # Studies
    "course compare": runs(),
    "course compare filters": parses("test_own_studies.py compares it"),
    "course compare filters-search-finals": parses("test_search_own.py makes such a search"),
    "course compare ladder": parses("test_own_studies.py compares it"),
    "course compare layers": runs(),
    "course compare learning_rate": runs(),
    "course compare mine-finals": runs(),
    "course compare search-finals": runs(),
    "course compare --verify": runs(),
    "course compare {}": runs("layers"),
    "course compare{}": runs(" --runs runs"),
    "course train": named("utils/cli/options.py", "utils/cli/slurm.py", "utils/cloud/sbatch.py"),
    "course train all --seeds 1": parses(TRAINS),
    "course train dropout": parses(TRAINS),
    "course train dropout --profile full": parses(TRAINS),
    "course train dropout --profile full --data real": parses(TRAINS),
    "course train filters.toml --profile quick": parses("test_own_studies.py trains such a file"),
    "course train layers --profile full --data real": parses(TRAINS),
    "course train learning_rate": parses(TRAINS),
    "course train learning_rate --profile quick --data real": parses(TRAINS),
    "course ladder": parses("test_cli_ladder.py runs it"),
    "course ladder filters": parses("test_cli_ladder.py runs it"),
    "course compare normalised": parses("test_cli_compare.py runs it"),
    "course reference tabular": parses("it takes minutes"),
    "course ladder unnormalised": parses("test_cli_ladder.py runs it"),
    "course train ladder": named(),
    "course train ladder --variant shortcuts --profile full": parses(TRAINS),
    "course train ladder --variant start --variant crop": parses(TRAINS),
    "course train unnormalised.toml --profile full": parses(
        "test_own_studies.py trains such a file"
    ),
    "course search filters": parses(TRAINS),
    "course train {}": parses(TRAINS, "layers"),
    "course train {}{}": parses(TRAINS, "layers", " --runs runs"),
    "course search": parses(TRAINS),
    "course search --profile quick --data real": parses(TRAINS),
    "course search --trials 24 --name mine": parses(TRAINS),
    "course search --trials 32 --profile quick --data real": parses(TRAINS),
    # Reference tables
    "course reference": runs(),
    "course reference quick": parses(TRAINS),
    "course reference {}": parses(TRAINS, "moons"),
    # Notebooks, TensorBoard, the machine
    "course doctor": parses("it tries every engine, 20 s; test_doctor.py runs it"),
    "course lab": parses(SERVES),
    "course lab --data real": parses(SERVES),
    "course lab --profile smoke": parses(SERVES),
    "course tensorboard": parses(SERVES),
    "course tensorboard{}": parses(SERVES, " --runs runs"),
    "course run --only 01-06": parses("it executes six lessons; test_execute.py runs them"),
    "course run": parses("it executes all notebooks, 10 minutes"),
    "course reset 05": parses("it would change the checkout's own work/; test_work.py runs it"),
    "course reset {}": parses("as above", "06_mnist"),
    "course update": parses("it fetches; test_course_update.py types it"),
    "course run --work": parses("it executes all notebooks, 10 minutes"),
    "course progress": runs(),
    "course progress --export ada.csv --learner Ada": runs(),
    # A class
    "course class grade": named(),
    "course progress --export": named(),
    "course class collect": named(),
    "course class grade handed-in -o grades.html -o grades.csv": parses(
        "test_class_grading.py grades such a folder"
    ),
    "course class grade handed-in --names names.csv -o grades.csv": parses("as above"),
    "course class card": named(),
    "course class card layers --profile quick -o card.html": runs(),
    "course class card learning_rate": runs(),
    "course class card {}": runs("layers"),
    "course class collect handed-in -o class.html -o class.csv": runs(),
    "make class-release": makes(),
    "make book": makes(),
    "make slides": makes(),
    "python -m tools.glossary_page": named(),
    # Launches
    "course launch": named("utils/jupyter/remote_lab.py"),
    "course launch --data emilwallner/datasets/cifar-10/1:data --gpu --tensorboard "
    "--mode jupyter": dry(),
    "course launch --dry-run": runs(says="Name one of its tasks: course launch notebooks, "),
    "course launch --help": runs(),
    "course launch notebooks": dry(),
    "course launch search": dry(),
    "course launch smoke --local": parses("it installs an environment, 2 GB"),
    "course launch smoke --host ada@gpu-box": dry(),
    "course launch studies": dry(),
    "course launch studies --dry-run": runs(),
    "course launch smoke --sbatch": runs(),
    "course launch smoke --sbatch -": runs(),
    "course launch studies --sbatch --array": runs(),
    "course launch {}": dry("smoke"),
    "course jobs": parses(MACHINE),
    "course jobs fetch {}": parses(MACHINE, "course-smoke-0a1b2c"),
    "course jobs logs": parses(MACHINE),
    "course jobs logs {}": parses(MACHINE, "course-smoke-0a1b2c"),
    "course jobs status {}": parses(MACHINE, "course-smoke-0a1b2c"),
    "course jobs stop {}": parses(MACHINE, "course-smoke-0a1b2c"),
    "course jobs stop {} --discard": parses(MACHINE, "course-smoke-0a1b2c"),
    # Workbooks
    "course sheet backward -o backward.xlsx": runs(),
    "course sheet model data/reference/mnist_cnn.keras -o cnn.xlsx": parses(WORKBOOK),
    "course sheet model data/reference/mnist_cnn.keras -o cnn.xlsx --check": parses(WORKBOOK),
    "course sheet model data/reference/ladder.keras --until set1_block1_add -o block.xlsx": parses(
        "it takes a minute; test_model_blocks.py writes it where slow tests run"
    ),
    "course sheet model {} -u {} -o {}.xlsx": parses(
        "it loads Keras; test_model_blocks.py types it",
        *("data/reference/mnist_cnn.keras", "conv1", "cnn"),
    ),
    "course sheet nine-steps -o nine.xlsx": parses(WORKBOOK),
    "course sheet or-gate -o or.xlsx": runs(),
    "course sheet model --picture": named(),
    "course sheet picture": named(),
    "course sheet picture photograph.jpg --size 200x150 -o p.xlsx": runs(),
    "course sheet {} --help": runs("or-gate"),
    # Pages
    "course export keras": named(),
    "course export page data/reference/mnist_cnn.keras -o digits.html": parses(
        "it loads Keras; test_export_command.py writes it"
    ),
    "course export page mine.keras -o mine.html --labels cat,dog": parses("as above"),
    "course export page {}.keras -o mine.html": parses("as above", "data/reference/mnist_cnn"),
    "course export page {} -o {}.html": parses("as above", "data/reference/mnist_cnn.keras", "cnn"),
    # The system's and other people's programs
    "export COURSE_DATA=/path/to/folder": variable(),
    "unset COURSE_DATA": variable(),
    "unset COURSE_VENV": variable(),
    "git checkout data/reference": clones(),
    "make bench": makes(),
    'make bench BENCH="--images 5000 --epochs 2 --mode augmented"': makes(),
    "make clean run": makes(),
    "make constraints": makes(),
    "make doctor": makes(),
    "make gallery": makes(),
    "make lab": makes(),
    "make lint": makes(),
    "make run": makes(),
    "make screenshots": makes(),
    "make setup": makes(),
    "make sheets": makes(),
    "make strip": makes(),
    "make tensorboard": makes(),
    "make test": makes(),
    "pip install -e '.[cats-dogs]'": installs(),
    "pip install -e '.[cloud]'": installs(),
    "pip install -e '.[cloud]' 'skypilot[aws]==0.14.1'": installs(),
    "pip install -e '.[cloud]' 'skypilot[gcp]==0.14.1'": installs(),
    "pip install -e '.[cloud]' 'skypilot[kubernetes]==0.14.1'": installs(),
    "pip install -e '.[cloud]' 'skypilot[lambda]==0.14.1'": installs(),
    "pip install -e '.[cloud]' 'skypilot[slurm]==0.14.1'": installs(),
    "pip install -e '.[cloud]' 'skypilot[ssh]==0.14.1'": installs(),
    "pip install -e '.[search]'": installs(),
    "pip install -r requirements.txt": installs(),
    "pip install -r requirements.txt 'tensorflow[and-cuda]'": installs(),
    "python -m pip install -r requirements.txt": installs(),
    "python -m pip install -r requirements.txt 'tensorflow[and-cuda]'": installs(),
    "python -m benchmarks.epoch --table": helps(),
    "python -m benchmarks.gpu": helps(),
    "python -m benchmarks.page": helps(),
    "python -m benchmarks.pad": helps(),
    "python -m tools.article_page": helps(),
    "python -m tools.measurements_page": helps(),
    "python -m tools.reference.article 50": helps(),
    "sky api stop": believed("SkyPilot's; test_sky_slurm.py has the same call end a server"),
    "sky check": believed(ACCOUNT),
    "sky check aws": believed(ACCOUNT),
    "sky check gcp": believed(ACCOUNT),
    "sky check kubernetes": believed(ACCOUNT),
    "sky check lambda": believed(ACCOUNT),
    "sky check slurm": believed(ACCOUNT),
    "sky check ssh": believed(ACCOUNT),
    "sky check {}": believed(ACCOUNT),
    "sky down -y {}": believed(ACCOUNT),
    "sky ssh up": believed(ACCOUNT),
    "brew install coreutils": believed("macOS's package manager"),
    "wsl --install": believed("Windows"),
}
