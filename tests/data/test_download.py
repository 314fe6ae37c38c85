import hashlib
import threading
from pathlib import Path

import pytest
from tiny_sets import Reply, Server, dead_url

from utils.data.download import Archive, DownloadFailed, download
from utils.errors import CourseError

BODY = bytes(range(256)) * 4000  # 1 MB
HALF = len(BODY) // 2


def an_archive(*urls: str, body: bytes = BODY) -> Archive:
    return Archive("set.bin", urls, hashlib.sha256(body).hexdigest(), len(body))


def get(archive: Archive, folder: Path, progress: bool = False) -> Path:
    return download(archive, folder, "Try again.", progress)


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir() if not file.name.startswith(".")}


def test_a_file_arrives_whole_under_its_name_and_leaves_nothing_else(
    server: Server, cache: Path
) -> None:
    path = get(an_archive(server.gives("/set.bin", Reply(BODY))), cache)
    assert path.read_bytes() == BODY
    assert names(cache) == {"set.bin"}


def test_a_second_download_asks_no_server(server: Server, cache: Path) -> None:
    archive = an_archive(server.gives("/set.bin", Reply(BODY)))
    get(archive, cache)
    get(archive, cache)
    assert len(server.asked) == 1


def test_a_cut_download_goes_on_where_it_was_cut(server: Server, cache: Path) -> None:
    url = server.gives("/set.bin", Reply(BODY, cut=HALF), Reply(BODY))
    assert get(an_archive(url), cache).read_bytes() == BODY
    assert server.asked == [("/set.bin", None), ("/set.bin", f"bytes={HALF}-")]


def test_a_cut_download_starts_again_where_the_server_knows_no_ranges(
    server: Server, cache: Path
) -> None:
    url = server.gives("/set.bin", Reply(BODY, cut=HALF), Reply(BODY, ranges=False))
    assert get(an_archive(url), cache).read_bytes() == BODY


def test_a_download_that_stays_cut_leaves_only_a_part_and_the_next_try_ends_it(
    server: Server, cache: Path
) -> None:
    url = server.gives("/set.bin", Reply(BODY, cut=HALF), Reply(b"", status=503))
    with pytest.raises(DownloadFailed, match="503"):
        get(an_archive(url), cache)
    assert names(cache) == {"set.bin.part"}
    server.gives("/set.bin", Reply(BODY))
    assert get(an_archive(url), cache).read_bytes() == BODY
    assert server.asked[-1] == ("/set.bin", f"bytes={HALF}-")
    assert names(cache) == {"set.bin"}


def test_a_server_that_never_gets_further_is_given_up(server: Server, cache: Path) -> None:
    url = server.gives("/set.bin", Reply(BODY, cut=HALF), Reply(BODY, cut=0))
    with pytest.raises(DownloadFailed, match="cut"):
        get(an_archive(url), cache)
    assert len(server.asked) == 2


def test_a_part_of_something_else_is_set_aside_and_the_download_starts_afresh(
    server: Server, cache: Path
) -> None:
    cache.mkdir()
    (cache / "set.bin.part").write_bytes(b"x" * HALF)
    path = get(an_archive(server.gives("/set.bin", Reply(BODY))), cache)
    assert path.read_bytes() == BODY
    assert names(cache) == {"set.bin", "set.bin.part.damaged"}


def test_a_wrong_checksum_is_set_aside_and_the_next_mirror_is_asked(
    server: Server, cache: Path
) -> None:
    wrong = server.gives("/wrong", Reply(BODY[::-1]))
    right = server.gives("/right", Reply(BODY))
    assert get(an_archive(wrong, right), cache).read_bytes() == BODY
    assert (cache / "set.bin.part.damaged").read_bytes() == BODY[::-1]


def test_a_wrong_checksum_everywhere_is_named_with_the_file_and_never_gets_its_name(
    server: Server, cache: Path
) -> None:
    wrong = server.gives("/wrong", Reply(BODY[::-1]))
    with pytest.raises(DownloadFailed, match="wrong checksum.*set.bin.part.damaged") as caught:
        get(an_archive(wrong), cache)
    assert "set.bin" in caught.value.problem
    assert caught.value.remedy == "Try again."
    assert not (cache / "set.bin").exists()


@pytest.mark.parametrize("body", [BODY[:-1], BODY + b"x", b"<html>Please log in</html>"])
def test_a_file_of_another_size_is_refused(server: Server, cache: Path, body: bytes) -> None:
    with pytest.raises(DownloadFailed, match=f"sent {len(body):,} bytes"):
        get(an_archive(server.gives("/set.bin", Reply(body))), cache)


def test_a_dead_mirror_is_passed_over(server: Server, cache: Path) -> None:
    archive = an_archive(dead_url(), server.gives("/set.bin", Reply(BODY)))
    assert get(archive, cache).read_bytes() == BODY


def test_without_any_mirror_every_host_and_reason_is_named(server: Server, cache: Path) -> None:
    gone = server.gives("/gone", Reply(b"", status=404))
    with pytest.raises(DownloadFailed, match="connection refused.*HTTP 404") as caught:
        get(an_archive(dead_url(), gone), cache)
    assert "127.0.0.1:9" in caught.value.problem


def test_a_file_that_rotted_under_its_final_name_is_set_aside_and_downloaded_anew(
    server: Server, cache: Path
) -> None:
    cache.mkdir()
    (cache / "set.bin").write_bytes(b"rotten")
    path = get(an_archive(server.gives("/set.bin", Reply(BODY))), cache)
    assert path.read_bytes() == BODY
    assert (cache / "set.bin.damaged").read_bytes() == b"rotten"


def test_two_downloads_at_once_ask_the_server_once(server: Server, cache: Path) -> None:
    archive = an_archive(server.gives("/set.bin", Reply(BODY)))
    threads = [threading.Thread(target=get, args=(archive, cache)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (cache / "set.bin").read_bytes() == BODY
    assert len(server.asked) == 1


def test_a_server_that_calls_a_tar_gz_gzip_encoded_does_not_get_it_unpacked(
    server: Server, cache: Path
) -> None:
    import gzip

    body = gzip.compress(BODY)
    url = server.gives("/set.tar.gz", Reply(body))
    assert get(an_archive(url, body=body), cache).read_bytes() == body


def test_progress_is_readable_where_there_is_no_terminal(
    server: Server, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    get(an_archive(server.gives("/set.bin", Reply(BODY))), cache, progress=True)
    out = capsys.readouterr().out.splitlines()
    assert out[-1] == "set.bin: 100 % of 1.0 MB"
    assert 1 < len(out) <= 10
    assert not any("\r" in line for line in out)


def test_a_terminal_gets_a_bar(
    server: Server,
    cache: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sys

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    get(an_archive(server.gives("/set.bin", Reply(BODY))), cache, progress=True)
    captured = capsys.readouterr()
    assert "set.bin: 100%" in captured.err
    assert captured.out == ""


def test_a_cache_that_is_a_file_is_named(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("not a folder")
    archive = an_archive(server.gives("/set.bin", Reply(BODY)))
    with pytest.raises(CourseError, match="cache can't be used"):
        get(archive, tmp_path / "cache")
