"""FloydHub's names of environments and data, and what each is today."""

import os
import re
from pathlib import Path

from utils.cloud.floyd.schema import did_you_mean
from utils.cloud.floyd.yaml_lines import shown
from utils.errors import CourseError
from utils.settings import resolve_path

__all__ = [
    "BUCKETS",
    "DATASETS",
    "DEFAULT_ENV",
    "ENVS",
    "Unknown",
    "env_today",
    "local_path",
    "source_today",
    "split_entry",
]

DEFAULT_ENV = "tensorflow-2.21"
ENVS = (DEFAULT_ENV, "tensorflow-2.20")

# The course's own data that a job can ask for. cats_dogs_photos isn't among them: it has to be
# prepared here first (0.8 GB and tensorflow-datasets); its folder can be given as any other.
DATASETS = ("mnist", "cifar10", "cats_dogs")

# Copies of the same two sets at FloydHub, whoever had put them there: what names, read without
# their dashes, mean. An id is OWNER/datasets/NAME, with or without a version. Without `datasets` it
# may be a folder here, so only the owners that docs and articles name are taken for FloydHub's.
_WORDS = ("", "data", "dataset", "batches", "batchesbin", "batchespy", "binary", "python", "npz")
_COPIES = {f"{name}{word}": name for name in ("mnist", "cifar10") for word in _WORDS}
_OWNERS = ("floydhub", "floydlabs", "emilwallner", "mckay", "udacity")

# What SkyPilot 0.14 copies from (sky/cloud_stores.py, _REGISTRY). https is Azure's, and only
# there: any other web page would fail on the machine, minutes and cents later.
BUCKETS = ("s3", "gs", "r2", "cos", "oci", "nebius", "cw", "vastdata", "hf")
_AZURE = re.compile(r"https://[a-z0-9]{3,24}\.blob\.core\.windows\.net/[^/\s]+(/\S*)?")

_TENSORFLOW = re.compile(r"tensorflow(-(0|1|2)\.(\d{1,2})(\.\d+)?)?(:py[23])?")
_KERAS = re.compile(r"(keras|default)(:py[23])?")
_OTHERS = re.compile(r"(pytorch|theano|caffe|torch|chainer|mxnet|kur)(?![a-z])")
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]")
_JOB_OUTPUT = re.compile(r"[\w-]+/projects/.*|.*/(output|home)")
_DATA_ID = re.compile(r"([\w.-]+)/(datasets/)?([\w.-]+)(/\d+)?")
_WEB = re.compile(r"https?://(www\.)?floydhub\.com/", re.IGNORECASE)
_CLOSED = "FloydHub's storage closed in 2021; give mnist, cifar10, cats_dogs, a folder or a bucket"


class Unknown(ValueError):
    """A name that can't be used; the message is the end of a sentence, without a stop."""


def env_today(name: str) -> tuple[str, str]:
    """Return today's environment and a note, empty where the name is today's already.

    Raises Unknown for a name that never was one, or that is another library's.
    """
    if name in ENVS:
        return name, ""
    found = _TENSORFLOW.fullmatch(name)
    if found and not (found[2] == "2" and int(found[3]) >= 20) or _KERAS.fullmatch(name):
        python = ", with Python 3" if name.endswith(":py2") else ""
        return DEFAULT_ENV, f"{name!r} was FloydHub's; the job gets {DEFAULT_ENV}{python}."
    hint = did_you_mean(name, ENVS)
    if other := _OTHERS.match(name):
        hint = (
            "; the course is made of TensorFlow, and what else a job needs, "
            f"{other[1]} too, goes into floyd_requirements.txt"
        )
    raise Unknown(f"{name!r} is not one of {', '.join(ENVS)}{hint}")


def split_entry(entry: str) -> tuple[str, str | None]:
    r"""Return the source and the destination of `source:destination`.

    The last colon parts them, unless it belongs to `C:\` or `s3://`; without one the
    destination is None.
    """
    source, colon, destination = entry.rpartition(":")
    drive = _WINDOWS.match(entry) and len(source) == 1
    if not colon or drive or destination.startswith("//"):
        return entry, None
    return source, destination


def source_today(text: str) -> tuple[str, str]:
    """Return what a source is today, and a note, empty where it is the same.

    A data set's name comes before a folder of the same name: that is written `./mnist`.
    Raises Unknown where it can't be had any more, or never could.
    """
    web = _WEB.match(text)
    if "://" in text and not web:
        return _bucket(text), ""
    path = _WEB.sub("", text).replace("\\", "/")
    is_path = path.startswith(("/", "./", "../", "~")) or path in (".", "..")
    if text in DATASETS or is_path or _WINDOWS.match(text):
        return text, ""
    name = path.rstrip("/")  # FloydHub's id, or a folder that is written like one
    if name == "cats_dogs_photos":
        remedy = f"do so by `course data fetch {name}`, then give its folder"
        raise Unknown(f"{text!r} must be prepared here first; {remedy}")
    found = _DATA_ID.fullmatch(name)
    is_id = found and (found[2] or found[1].casefold() in _OWNERS)
    if found and is_id and (ours := _COPIES.get(re.sub("[_.-]", "", found[3].casefold()))):
        return ours, f"{text!r} was FloydHub's; the job gets the course's {ours}."
    if web or (found and found[2]) or _JOB_OUTPUT.fullmatch(name):
        raise Unknown(f"{text!r} is FloydHub's; {_CLOSED} (a folder of that name: ./{name})")
    return text, ""


def local_path(name: str, folder: Path, start: Path) -> str:
    """Return a source with its path made absolute; a data set or a bucket as it is.

    folder: that of the code, which is no input. start: where a relative path starts. Raises Unknown
    where nothing is there that could be sent.
    """
    if name in DATASETS or "://" in name:
        return name
    try:
        path = str(resolve_path(name, start))
    except CourseError as error:
        raise Unknown(str(error).rstrip(".")) from error
    # Not Path's: they raise for a name that is too long, and for a folder that is closed to us.
    if not os.path.isdir(path) and not os.path.isfile(path):  # noqa: PTH112, PTH113
        hint = "; write / between folders" if "\\" in name and os.sep == "/" else ""
        if re.fullmatch(r"[\w.-]+(/[\w.-]+){0,2}", name):
            hint = f"; the course's data are {', '.join(DATASETS)}; FloydHub's storage is closed"
        raise Unknown(f"{shown(name)} is no folder or file: there is none at {path}{hint}")
    if Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(path)):
        raise Unknown(
            f"{shown(name)} holds the code itself, which is sent anyhow; name a folder of data"
        )
    return path


def _bucket(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if _AZURE.fullmatch(url) and "?" not in url:
        return url
    if scheme == "https":
        raise Unknown(
            f"{_no_secret(url)} can't be mounted; of https only Azure's "
            "https://ACCOUNT.blob.core.windows.net/CONTAINER can, without a ?token"
        )
    if scheme not in BUCKETS:
        names = [f"{name}://" for name in BUCKETS]
        raise Unknown(f"{_no_secret(url)} is in no bucket that can be mounted: {', '.join(names)}")
    host = rest.partition("/")[0]
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", host) or re.search(r"[\s:]", rest):
        raise Unknown(f"{_no_secret(url)} names no bucket; {scheme}://BUCKET/FOLDER does")
    return url


def _no_secret(url: str) -> str:
    """Return a URL for an error's sentence, without what may be a key or token."""
    return repr(re.sub(r"//[^/]*@", "//", url.partition("?")[0])[:80])
