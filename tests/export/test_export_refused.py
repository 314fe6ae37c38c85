"""Pages that aren't written: one sentence each, and no file."""

import numpy as np
import pytest
from course import course

from utils.errors import CourseError
from utils.export.page import check_place, network_page
from utils.networks.in_numpy.plain_layers import Layer, Network


def network(inputs=12, units=3, shape=(2, 2, 3)):
    """Return Flatten and Dense as plain data."""
    dense = Layer("Dense", "dense", (units,), np.ones((inputs, units)), np.zeros(units))
    return Network("made", shape, (Layer("Flatten", "flatten", (inputs,)), dense))


def test_what_no_page_can_be_made_of_is_named_in_a_sentence(keras_side):
    said = keras_side("refused_pages")
    assert len(said) == 10
    assert {wanted: text for wanted, text in said.items() if wanted not in text} == {}


def test_what_sheets_cannot_bring_together_is_refused_with_the_way_to_a_page(keras_side, tmp_path):
    said = keras_side("branching", how="skip", workbook=tmp_path / "m.xlsx")["error"]
    assert said.endswith("a page takes it: course export page FILE.keras -o FILE.html")


def test_a_page_of_more_than_30_mb_is_refused_before_it_is_made():
    with pytest.raises(CourseError, match=r"would have 32\.\d MB; 30 MB is the limit\. Give"):
        network_page(network(3072, 2000, (32, 32, 3)))
    assert len(network_page(network(3072, 1000, (32, 32, 3)))) < 30e6


@pytest.mark.parametrize(
    "names", [["a", "b"], ["a", "b", "b"], ["a", "", "c"], ["a", "b", "c", "d"], ["a", " ", "c"]]
)
def test_names_that_are_not_one_a_class_each_its_own_are_refused(names):
    with pytest.raises(CourseError, match="The model has 3 classes; the names are a"):
        network_page(network(), names)


def test_a_page_isnt_written_over_a_file_or_to_what_is_no_page(tmp_path):
    there = tmp_path / "there.html"
    there.write_text("mine")
    (tmp_path / "folder.html").mkdir()
    for path, said in (
        (there, "is there already. Choose another name, or overwrite it with `force`."),
        (tmp_path / "folder.html", "is a folder"),
        (tmp_path / "page.txt", "doesn't end in .html"),
    ):
        with pytest.raises(CourseError, match=said):
            check_place(path)
    assert check_place(there, force=True) == there and there.read_text() == "mine"
    with pytest.raises(CourseError, match="is a folder"):
        check_place(tmp_path / "folder.html", force=True)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cat", "/cat. Give names with commas between, or a file of names."),
        ("bytes.txt", "bytes.txt isn't text in UTF-8. Save it so"),
        (".", "is a folder. Give names with commas between"),
    ],
)
def test_labels_that_are_neither_names_nor_a_file_of_them_end_in_a_sentence(name, said, tmp_path):
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00")
    done = course("export", "page", "none.keras", "-o", tmp_path / "p.html",
                  "--labels", tmp_path / name)  # fmt: skip
    assert done.returncode == 1 and said in done.stderr
    assert not (tmp_path / "p.html").exists()


def test_names_and_title_stand_in_the_page_as_text_whatever_they_are():
    page = network_page(network(), ["</script><b>", "\udcff", "a\nb"], "<i>&\udcff")
    assert "<b>" not in page and "<h1>&lt;i&gt;&amp;?</h1>" in page
    assert '"\\u003c/script>\\u003cb>", "?", "a b"' in page
    page.encode()
