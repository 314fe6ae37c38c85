"""A folder of pictures as a person's camera leaves it, for who has none: bursts, drawn when asked.

JPEG files with the time each was "taken", in a folder a class; and two files that are none.
"""

import io
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image

from utils.data.drawn_bursts import draw_bursts
from utils.files import whole

__all__ = ["write_example"]

START, PAUSE = datetime(2026, 3, 14, 9, 0, 0), timedelta(minutes=7)  # between two bursts
EXIF_FOLDER, TAKEN, MAKER, MODEL = 0x8769, 0x9003, 0x010F, 0x0110  # EXIF's tags


def write_example(folder: Path, seed: int = 0, bursts: int = 8, shots: int = 8) -> Path:
    """Write the example's pictures into a folder, in the place of what is there; return it.

    bursts: of each of the four classes. shots: pictures a burst, a second apart.
    Raises CourseError where it can't be written.
    """
    number = 0
    with whole(folder) as beside:
        for place, burst in enumerate(draw_bursts(seed, bursts, shots)):
            (beside / burst.name).mkdir(parents=True, exist_ok=True)
            for shot, image in enumerate(burst.images):
                number += 1
                taken = START + place * PAUSE + timedelta(seconds=shot)
                file = beside / burst.name / f"IMG_{number:04}.jpg"
                Image.fromarray(image).save(file, quality=90, exif=_exif(taken))
        (beside / "cup" / "notes.txt").write_text("the blue one is Anna's\n", encoding="utf-8")
        (beside / "key" / "IMG_9999.jpg").write_bytes(_cut_short())
    return folder


def _exif(taken: datetime) -> Image.Exif:
    exif = Image.Exif()
    exif[MAKER], exif[MODEL] = "Course", "Drawn by arithmetic"
    exif.get_ifd(EXIF_FOLDER)[TAKEN] = f"{taken:%Y:%m:%d %H:%M:%S}"
    return exif


def _cut_short() -> bytes:
    """Return a JPEG that a full memory card has ended in its middle."""
    file = io.BytesIO()
    Image.effect_noise((96, 96), 60).convert("RGB").save(file, "JPEG")
    return file.getvalue()[:900]
