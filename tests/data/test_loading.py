"""auto, real and sample; the banner."""

import socket
from pathlib import Path

import pytest
from tiny_sets import Reply, Server, mirrors

from utils.data import load
from utils.errors import CourseError


def test_auto_downloads_mnist(
    mnist: bytes, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirrors(monkeypatch, "mnist", server.gives("/mnist.npz", Reply(mnist)))
    assert load("mnist").real
    assert load("mnist").real
    assert len(server.asked) == 1


def test_auto_without_network_takes_the_sample_and_says_why(
    mnist: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = load("mnist")
    said = " ".join(capsys.readouterr().out.replace("#", " ").split())
    assert not dataset.real
    assert "SAMPLE DATA, NOT MNIST" in said
    assert "connection refused" in said
    assert "course data fetch mnist" in said


@pytest.mark.parametrize("name", ["cifar10", "cats_dogs"])
def test_auto_never_downloads_cifar10_but_says_how_to(
    cifar10: bytes,
    server: Server,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mirrors(monkeypatch, name, server.gives("/cifar", Reply(cifar10)))
    assert not load(name).real
    assert server.asked == []
    assert f"course data fetch {name}" in capsys.readouterr().out


def test_real_downloads_cifar10(
    cifar10: bytes, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirrors(monkeypatch, "cifar10", server.gives("/cifar", Reply(cifar10)))
    assert load("cifar10", "real").real


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_real_without_network_is_an_error_and_never_the_sample(
    mnist: bytes, cifar10: bytes, name: str
) -> None:
    with pytest.raises(CourseError, match="could not be downloaded.*connection refused"):
        load(name, "real")


def test_a_host_name_that_does_not_exist_is_said_so(
    mnist: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_such_name(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    mirrors(monkeypatch, "mnist", "http://mirror.invalid/mnist.npz")
    with pytest.raises(CourseError, match=r"\(mirror.invalid: name not found\)"):
        load("mnist", "real")


def test_the_sample_is_taken_when_asked_for_even_beside_real_data(
    cifar_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load("cifar10").real
    assert capsys.readouterr().out == ""
    assert not load("cifar10", "sample").real
    assert "It was asked for." in capsys.readouterr().out


def test_the_source_comes_from_the_setting_where_none_is_given(
    cifar_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_DATA_SOURCE", "sample")
    assert not load("cifar10").real
    assert load("cifar10", "auto").real


def test_unknown_names_and_sources_are_refused_with_what_there_is() -> None:
    with pytest.raises(CourseError, match="no data set 'cifar'.*mnist, cifar10, cats_dogs"):
        load("cifar")
    with pytest.raises(CourseError, match="no data source 'fake'.*auto, real, sample"):
        load("mnist", "fake")


def test_course_data_that_is_no_folder_is_an_error_and_never_the_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "typo"))
    with pytest.raises(CourseError, match="typo"):
        load("cifar10")


def test_the_banner_is_a_frame_of_plain_characters_and_even_width(
    cifar10: bytes, mnist: bytes, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("mnist", "cats_dogs", "cats_dogs_photos"):
        load(name)
        banner = capsys.readouterr().out.rstrip("\n")
        assert banner.isascii()
        lines = banner.splitlines()
        (width,) = {len(line) for line in lines}
        assert width == 78 or any(str(shared) in line for line in lines)  # a long path is whole
        assert set(lines[0]) == set(lines[-1]) == {"#"}


def test_the_banner_names_both_places_that_were_looked_in(
    shared: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load("cifar10")
    said = " ".join(capsys.readouterr().out.replace("#", " ").split())
    assert f"isn't in COURSE_DATA ({shared}), nor in {cache}." in said
