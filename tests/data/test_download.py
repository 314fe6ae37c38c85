import hashlib
import os
from pathlib import Path

import pytest
from tiny_sets import Reply, Server, dead_url

from utils.data import download as module
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


# Mirrors that mislead


def test_an_answer_without_end_is_cut_one_byte_after_the_known_size(
    server: Server, cache: Path
) -> None:
    endless = server.gives("/endless", Reply(BODY, endless=True))
    with pytest.raises(DownloadFailed, match=r"sent 1,024,001 bytes or more instead of 1,024,000"):
        get(an_archive(endless), cache)
    assert (cache / "set.bin.part.damaged").stat().st_size == len(BODY) + 1
    right = server.gives("/right", Reply(BODY))
    assert get(an_archive(endless, right), cache).read_bytes() == BODY


@pytest.mark.parametrize("announced", [0, 22, len(BODY) + 1, 10**15])
def test_an_answer_that_announces_another_size_costs_nothing_of_what_is_there(
    server: Server, cache: Path, announced: int
) -> None:
    url = server.gives(
        "/set.bin",
        Reply(BODY, cut=HALF),
        Reply(
            b"<html>Please log in</html>", ranges=False, headers={"Content-Length": f"{announced}"}
        ),
    )
    with pytest.raises(DownloadFailed, match=f"sent {announced:,} bytes instead of 1,024,000"):
        get(an_archive(url), cache)
    assert (cache / "set.bin.part").read_bytes() == BODY[:HALF]


def test_a_server_that_cuts_after_every_byte_is_asked_a_few_times_with_pauses_that_grow(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert module._PAUSES[0] > 0 and list(module._PAUSES) == sorted(module._PAUSES)
    tries = len(module._PAUSES) + 1
    monkeypatch.setattr(module, "_PAUSES", (0.0,) * (tries - 1))
    url = server.gives("/set.bin", Reply(BODY, cut=1))
    with pytest.raises(DownloadFailed, match="the connection was cut"):
        get(an_archive(url), cache)
    assert len(server.asked) == tries < 10
    assert (cache / "set.bin.part").stat().st_size == tries
    right = server.gives("/right", Reply(BODY))
    assert get(an_archive(url, right), cache).read_bytes() == BODY
    assert server.asked[-1] == ("/right", f"bytes={2 * tries}-")


MISLEADING = (
    *("http://[::1", "http://[", "https://]/", "//[::1", "http://[::1]extra/", "http://[1:2:3]/"),
    *("file:///etc/passwd", "ftp://127.0.0.1/x", "javascript:alert(1)", "data:,x", "gopher://x"),
    *("http://", "http:///x", "http://a b/", "http://127.0.0.1:99999/", "http://127.0.0.1:x/"),
    *("http://" + "a" * 70 + "/", "http://.../", "http://xn--/", "http://*/", "http://%zz/"),
    *("http://127.0.0.1:0/", "/again", "?", "http://user:pass@[/"),
)


@pytest.mark.parametrize("place", MISLEADING)
def test_a_mirror_that_leads_astray_is_named_and_the_next_one_asked(
    server: Server, cache: Path, place: str
) -> None:
    astray = server.gives("/again", Reply(b"", status=302, headers={"Location": place}))
    server.gives("/again?", server.replies["/again"][0])
    with pytest.raises(DownloadFailed, match=r"set.bin could not be downloaded \(127.0.0.1:\d+: "):
        get(an_archive(astray), cache)
    right = server.gives("/right", Reply(BODY))
    assert get(an_archive(astray, right), cache).read_bytes() == BODY


def test_an_address_of_a_mirror_that_is_none_is_passed_over(server: Server, cache: Path) -> None:
    right = server.gives("/right", Reply(BODY))
    archive = an_archive("http://[::1", "file:///etc/passwd", "nothing", right)
    assert get(archive, cache).read_bytes() == BODY


def test_the_body_of_a_redirect_is_not_read_however_long_it_is(server: Server, cache: Path) -> None:
    server.gives("/right", Reply(BODY))
    for number, headers in enumerate(({}, {"Transfer-Encoding": "chunked"})):
        place = {"Location": "/right", **headers}
        url = server.gives("/long", Reply(BODY, status=302, headers=place, endless=True))
        get(an_archive(url), cache / str(number))
    assert server.sent < 20 * len(BODY)  # what lies in the system's buffers; it would be 200


@pytest.mark.parametrize(
    "told",
    [
        f"bytes {HALF + 1}-{len(BODY) - 1}/{len(BODY)}",
        f"bytes 0-{len(BODY) - 1}/{len(BODY)}",
        f"bytes {HALF}-{len(BODY)}/{len(BODY) + 1}",
        "bytes */5",
        "nothing",
    ],
)
def test_another_part_than_was_asked_for_is_not_added(
    server: Server, cache: Path, told: str
) -> None:
    other = Reply(b"x" * HALF, status=206, ranges=False, headers={"Content-Range": told})
    url = server.gives("/set.bin", Reply(BODY, cut=HALF), other, Reply(BODY))
    assert get(an_archive(url), cache).read_bytes() == BODY
    assert [asked for _, asked in server.asked] == [None, f"bytes={HALF}-", None]
    assert names(cache) == {"set.bin"}


def test_a_server_that_sends_another_part_always_is_given_up_and_the_part_kept(
    server: Server, cache: Path
) -> None:
    other = Reply(b"x", status=206, ranges=False, headers={"Content-Range": "bytes 7-7/8"})
    url = server.gives("/set.bin", Reply(BODY, cut=HALF), other)
    with pytest.raises(DownloadFailed, match="sent another part of the file"):
        get(an_archive(url), cache)
    assert (cache / "set.bin.part").read_bytes() == BODY[:HALF]


def test_the_right_rest_is_added(server: Server, cache: Path) -> None:
    told = {"Content-Range": f"bytes {HALF}-{len(BODY) - 1}/{len(BODY)}"}
    rest = Reply(BODY[HALF:], status=206, ranges=False, headers=told)
    url = server.gives("/set.bin", Reply(BODY, cut=HALF), rest)
    assert get(an_archive(url), cache).read_bytes() == BODY
    assert len(server.asked) == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows needs a right to make symbolic links")
@pytest.mark.parametrize("name", ["set.bin", "set.bin.part"])
def test_nothing_is_written_through_a_link_or_into_a_pipe(
    server: Server, cache: Path, tmp_path: Path, name: str
) -> None:
    cache.mkdir()
    (tmp_path / "mine").write_text("mine")
    archive = an_archive(server.gives("/set.bin", Reply(BODY)))
    (cache / name).symlink_to(tmp_path / "mine")
    get(archive, cache)
    assert (tmp_path / "mine").read_text() == "mine"
    (cache / "set.bin").unlink()
    os.mkfifo(cache / name)
    assert get(archive, cache).read_bytes() == BODY
    assert not (cache / "set.bin").is_symlink()
