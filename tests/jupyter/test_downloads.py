"""A link to a file that a lesson wrote leads from the notebook to it."""

import pytest

from utils.jupyter import download_link


def test_the_link_leads_from_the_notebooks_folder_to_the_file(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    file = tmp_path / "build" / "sheets" / "a & b.xlsx"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x" * 2345)
    monkeypatch.chdir(tmp_path / "notebooks")
    shown = download_link(file)._repr_mimebundle_()
    assert 'href="../build/sheets/a%20%26%20b.xlsx" download' in shown["text/html"]
    assert "Download a &amp; b.xlsx" in shown["text/html"] and "2 kB" in shown["text/html"]
    assert shown["text/plain"] == f"{file} (2 kB)"


def test_a_file_that_was_not_written_has_no_link(tmp_path):
    with pytest.raises(FileNotFoundError):
        download_link(tmp_path / "missing.xlsx")
