"""Old names and today's: environments, data at FloydHub, buckets, and paths with colons."""

import ast
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.cloud.floyd.job import Input
from utils.cloud.floyd.names import (
    BUCKETS,
    DATASETS,
    DEFAULT_ENV,
    ENVS,
    Unknown,
    env_today,
    source_today,
    split_entry,
)
from utils.data.catalogue import SETS
from utils.settings import ROOT

# Every name in floyd-docs, docs/guides/environments.md and docs/commands/run.md, and every one in
# floyd-cli, floyd/constants.py, that is TensorFlow's or Keras's.
VERSIONS = ["0.12", *(f"1.{minor}" for minor in (0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12))]
FLOYDHUBS = ["tensorflow", "keras", "default", *(f"tensorflow-{one}" for one in VERSIONS)]
OTHERS = ["pytorch", "pytorch-1.0", "pytorch-0.4", "theano", "theano-0.9", "caffe", "torch"]
OTHERS += ["chainer", "chainer-2.0", "mxnet", "kur"]


@pytest.mark.parametrize("python", ["", ":py2"])
@pytest.mark.parametrize("name", FLOYDHUBS)
def test_floydhubs_tensorflow_is_todays_with_a_note(name, python):
    env, note = env_today(name + python)
    assert env == DEFAULT_ENV == "tensorflow-2.21"
    assert note.startswith(f"{name + python!r} was FloydHub's; the job gets tensorflow-2.21")
    assert ("with Python 3" in note) == bool(python)


@pytest.mark.parametrize("name", ENVS)
def test_todays_names_stay_without_a_note(name):
    assert env_today(name) == (name, "")


@pytest.mark.parametrize("python", ["", ":py2"])
@pytest.mark.parametrize("name", OTHERS)
def test_other_libraries_are_refused_with_the_reason(name, python):
    with pytest.raises(Unknown, match="the course is made of TensorFlow, and what else a job"):
        env_today(name + python)


@pytest.mark.parametrize("name", ["tensorflow-2.22", "tensorflow-2.20.0", "tensorflow-3.0", "tf"])
def test_what_never_was_an_environment_is_refused(name):
    with pytest.raises(Unknown, match="is not one of tensorflow-2.21, tensorflow-2.20"):
        env_today(name)


def test_the_default_environment_is_what_requirements_pin():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    (pin,) = [line.split()[0] for line in lines if line.startswith("tensorflow==")]
    assert pin == f"tensorflow=={DEFAULT_ENV.removeprefix('tensorflow-')}.0"


def test_the_data_sets_are_those_of_the_catalogue_but_for_the_one_to_be_prepared_here():
    assert set(SETS) - set(DATASETS) == {"cats_dogs_photos"}
    assert set(DATASETS) < set(SETS)
    with pytest.raises(Unknown, match="must be prepared here first"):
        source_today("cats_dogs_photos")


@pytest.mark.parametrize(
    ("old", "ours"),
    [
        ("emilwallner/datasets/cifar-10/1", "cifar10"),
        ("emilwallner/datasets/cifar-10", "cifar10"),
        ("emilwallner/datasets/cifar-10/", "cifar10"),
        ("emilwallner/cifar-10/1", "cifar10"),
        ("emilwallner/cifar-10", "cifar10"),
        ("emilwallner/datasets/mnist/1", "mnist"),
        ("floydhub/datasets/mnist/1", "mnist"),
        ("floydlabs/datasets/mnist/1", "mnist"),
        ("mckay/datasets/mnist/1", "mnist"),
        ("udacity/datasets/mnist/1", "mnist"),
        ("floydhub/datasets/mnist", "mnist"),
        ("floydlabs/datasets/mnist/", "mnist"),
        ("floydhub/datasets/mnist/23/", "mnist"),
        ("FloydHub/mnist/2", "mnist"),
        ("mckay/datasets/MNIST", "mnist"),
        ("anybody.else/datasets/mnist-dataset/4", "mnist"),
        ("udacity/datasets/cifar-10/1", "cifar10"),
        ("floydlabs/datasets/cifar10/3", "cifar10"),
        ("floydhub/datasets/CIFAR_10", "cifar10"),
        ("me/datasets/cifar-10-batches-py/1", "cifar10"),
        ("https://www.floydhub.com/mckay/datasets/mnist/1", "mnist"),
    ],
)
def test_floydhubs_copies_are_the_courses_own_data_with_a_note(old, ours):
    note = f"{old!r} was FloydHub's; the job gets the course's {ours}."
    assert source_today(old) == (ours, note)
    assert Input(ours, "a").kind == "dataset"


@pytest.mark.parametrize(
    "old",
    [
        *("foo/datasets/fashion-mnist/1", "foo/datasets/x", "foo/datasets/x/2", "foo/datasets/x/"),
        *("floydhub/datasets/cifar-100/1", "floydhub/datasets/emnist", "me/datasets/mnist-gan/1"),
        *(
            "https://www.floydhub.com/me/datasets/x/1",
            "https://floydhub.com/me",
            "a/datasets/cifar",
        ),
        *("foo/projects/nlp/1/output", "foo/projects/nlp/output", "foo/projects/nlp", "3/output"),
        *("alice/projects/quick-start/1", "mckay/nlp/3/home"),
    ],
)
def test_other_ids_of_floydhub_are_refused_with_a_hint(old):
    with pytest.raises(Unknown, match="is FloydHub's; FloydHub's storage closed in 2021; give mn"):
        source_today(old)


@pytest.mark.parametrize(
    "path",
    [
        "./foo/datasets/x",
        "/foo/projects/x",
        "~/x/output",
        "..",
        "a/b",
        "a/mnist",
        "pictures/mnist/1",
    ],
)
def test_a_path_is_local(path):
    assert source_today(path) == (path, "")
    assert Input(path, "a").kind == "local"


@pytest.mark.parametrize("path", ["C:\\data", "C:/data", ".\\data", "\\\\server\\share"])
def test_a_windows_path_is_local(path):
    assert source_today(path) == (path, "")
    assert Input(path, "a").kind == "local"


@pytest.mark.parametrize(
    ("entry", "parts"),
    [
        ("mnist", ("mnist", None)),
        ("mnist:data", ("mnist", "data")),
        ("emilwallner/datasets/cifar-10/1:data", ("emilwallner/datasets/cifar-10/1", "data")),
        ("C:\\data", ("C:\\data", None)),
        ("C:\\data:name", ("C:\\data", "name")),
        ("c:/data:name", ("c:/data", "name")),
        ("s3://bucket/x", ("s3://bucket/x", None)),
        ("s3://bucket/x:name", ("s3://bucket/x", "name")),
        ("s3://bucket/a:b:name", ("s3://bucket/a:b", "name")),
        ("mnist:", ("mnist", "")),
        (":name", ("", "name")),
        ("mnist:/data", ("mnist", "/data")),
    ],
)
def test_the_last_colon_parts_source_and_destination(entry, parts):
    assert split_entry(entry) == parts


@given(st.text(), st.text(alphabet="abc_-.0", min_size=1))
def test_whatever_the_source_its_destination_is_found(source, destination):
    assert split_entry(f"{source}:{destination}") == (source, destination)


@pytest.mark.parametrize(
    "url",
    [
        *(f"{scheme}://bucket/folder" for scheme in BUCKETS),
        *("s3://bucket", "hf://datasets/user/set@main"),
        "https://account.blob.core.windows.net/container/folder",
    ],
)
def test_a_buckets_url_is_taken(url):
    assert source_today(url) == (url, "")
    assert Input(url, "a").kind == "bucket"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "http://example.com/x",
            "'http://example.com/x' is in no bucket that can be mounted: s3://",
        ),
        ("https://example.com/x", "can't be mounted; of https only Azure's"),
        ("https://a.blob.core.windows.net.evil.com/c", "can't be mounted; of https only Azure's"),
        ("file:///etc/passwd", "is in no bucket"),
        ("S3://bucket", "is in no bucket"),
        ("s3://", "names no bucket; s3://BUCKET/FOLDER does"),
        ("s3:///x", "names no bucket"),
        ("s3://a b/x", "names no bucket"),
    ],
)
def test_a_url_that_cannot_be_mounted_is_refused(url, said):
    with pytest.raises(Unknown) as caught:
        source_today(url)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        *("s3://key:SECRET@bucket/x", "gs://SECRET@bucket", "http://u:SECRET@host/"),
        "https://account.blob.core.windows.net/c?sig=SECRET",
    ],
)
def test_a_secret_in_a_url_is_refused_and_not_repeated(url):
    with pytest.raises(Unknown) as caught:
        source_today(url)
    assert "SECRET" not in str(caught.value)


def test_the_buckets_are_those_that_skypilot_copies_from():
    # Found and read, not imported: that takes seconds and writes into the home folder.
    spec = find_spec("sky")
    if spec is None or spec.origin is None:
        pytest.skip("the extra cloud isn't installed")
    code = (Path(spec.origin).parent / "cloud_stores.py").read_text(encoding="utf-8")
    found = [
        {ast.literal_eval(key) for key in node.value.keys}
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_REGISTRY"
    ]
    assert found == [{*BUCKETS, "https"}]
