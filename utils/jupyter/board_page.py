"""TensorBoard's page as the course serves it: metrics first, names whole, colours for 14 runs.

TensorBoard has no setting for these. Its page is a zip of files; words in it are replaced, each in
the one place where it stands. Another version's page, which lacks them, is served as it is.
"""

import io
import zipfile
from collections.abc import Callable
from typing import BinaryIO

__all__ = ["page_of", "rewritten"]

SCRIPT = "index.js"
# HParams' table: two loops make its columns. Those of the metrics are to come first.
HPARAMS = 'items="[[visibleSchema.hparamInfos]]"\n        as="hparamInfo"'
METRICS = 'items="{{visibleSchema.metricInfos}}"\n        as="metricInfo"'
LOOP = '<template\n        is="dom-repeat"\n        '
END = "</vaadin-grid-column>\n      </template>"
# A trial's name has ten letters' room; ours have up to 25.
TRIAL = 'width="10em" resizable="">\n        <template class="header">\n          <div '
TRIAL += 'class="table-header table-cell">Trial ID'
# Seven colours each in Time Series and in Scalars, before they begin anew.
SERIES = '{name:"Orange",lightHex:"#e8710a",darkHex:"#e8710a"}'
SCALARS = '"#ee3377","#009988","#bbbbbb"]'
MORE = ("#0b57d0", "#a50e0e", "#00796b", "#8d6e63", "#c6a700", "#ff8fb1", "#5e35b1")


def page_of(zipped: Callable[[], BinaryIO] | None) -> Callable[[], BinaryIO] | None:
    """Return a provider of TensorBoard's page, as `program.TensorBoard` takes it.

    zipped: its own, which opens the zip; None where TensorBoard has none.
    """
    if zipped is None:
        return None

    def opened() -> BinaryIO:
        made = io.BytesIO()
        with zipped() as file, zipfile.ZipFile(file) as old, zipfile.ZipFile(made, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                new.writestr(name, rewritten(content) if name == SCRIPT else content)
        made.seek(0)
        return made

    return opened


def rewritten(script: bytes) -> bytes:
    """Return TensorBoard's script with these words replaced, where each is there just once."""
    text = script.decode("utf-8")
    colours = ",".join(f'{{name:"{one}",lightHex:"{one}",darkHex:"{one}"}}' for one in MORE)
    for old, new in (
        (SERIES, f"{SERIES},{colours}"),
        (SCALARS, SCALARS[:-1] + "".join(f',"{one}"' for one in MORE) + "]"),
        (TRIAL, TRIAL.replace("10em", "14em")),
        *_metrics_first(text),
    ):
        text = text.replace(old, new) if text.count(old) == 1 else text
    return text.encode("utf-8")


def _metrics_first(text: str) -> list[tuple[str, str]]:
    """Return the two loops as they stand, and as they are to stand; nothing where they don't."""
    start = text.find(LOOP + HPARAMS)
    middle = text.find(LOOP + METRICS, start)
    end = text.find(END, middle) + len(END)
    if not 0 <= start < middle < end < start + 3000:
        return []
    return [(text[start:end], f"{text[middle:end]}\n      {text[start:middle].rstrip()}")]
