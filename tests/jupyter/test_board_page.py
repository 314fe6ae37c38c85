"""TensorBoard's page, rewritten: what is replaced stands in the installed version once."""

import io
import zipfile

from tensorboard.assets import get_default_assets_zip_provider

from utils.jupyter.board_page import HPARAMS, METRICS, MORE, SCRIPT, TRIAL, page_of, rewritten


def files(opened):
    with opened() as file, zipfile.ZipFile(file) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_metrics_come_first_names_have_room_and_colours_are_fourteen():
    before = files(get_default_assets_zip_provider())
    after = files(page_of(get_default_assets_zip_provider()))
    script, old = after.pop(SCRIPT).decode(), before.pop(SCRIPT).decode()
    assert after == before  # the licences among them
    assert old.find(HPARAMS) < old.find(METRICS)
    assert 0 < script.find(METRICS) < script.find(HPARAMS)
    assert TRIAL not in script and TRIAL.replace("10em", "14em") in script
    for colour in MORE:
        assert script.count(f'lightHex:"{colour}"') == 1
        assert script.count(f'"{colour}"') == old.count(f'"{colour}"') + 4  # three in Time Series
    assert script.count("{") - old.count("{") == len(MORE)


def test_a_page_without_these_words_is_served_as_it_is():
    assert rewritten("another version's: ü".encode()) == "another version's: ü".encode()
    assert page_of(None) is None
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("index.html", "<p>")
    assert files(page_of(lambda: io.BytesIO(made.getvalue()))) == {"index.html": b"<p>"}
