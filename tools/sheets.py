"""Make the pages' pictures of sheets: workbooks printed by LibreOffice, cut to their content.

    make sheets

All sheets of all workbooks land in build/sheets, to be looked at; those that the pages show,
in docs/pictures. Needs LibreOffice, and poppler's pdftoppm and pdftotext.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

from utils.settings import ROOT, build_dir
from utils.spreadsheet.libreoffice import load_book

PICTURES = ROOT / "docs" / "pictures"
SHEETS = build_dir() / "sheets"
HEADER = 66  # pixels at 150 an inch: above a sheet of several pages stand its name and a number
COMMANDS = {
    "celfie": ["picture", "{cat}", "--size", "60x40"],
    "cnn": ["model", "{mnist_cnn}", "--number", "9"],
    "nine-steps": ["nine-steps"],
    "or-gate": ["or-gate"],
    "backward": ["backward"],
}
# Picture: the workbook and the sheet that it shows.
SHOWN = {
    "sheet-celfie": ("celfie", "Picture"),
    "sheet-input": ("cnn", "Input"),
    "sheet-conv": ("cnn", "conv1"),
    "sheet-answer": ("cnn", "Answer"),
    "sheet-convolution": ("nine-steps", "3 Convolution"),
    "sheet-backward": ("backward", "Backward"),
    "sheet-or-gate": ("or-gate", "Descent"),
}


def write_workbooks() -> dict[str, Path]:
    """Write every workbook by `course sheet …`; return their paths."""
    from utils.data.photographs import cat
    from utils.networks.saved import reference_model

    SHEETS.mkdir(parents=True, exist_ok=True)
    Image.fromarray(cat()).save(SHEETS / "cat.png")
    files = {"{cat}": str(SHEETS / "cat.png"), "{mnist_cnn}": str(reference_model("mnist_cnn"))}
    paths = {}
    for name, words in COMMANDS.items():
        paths[name] = SHEETS / f"{name}.xlsx"
        command = [files.get(word, word) for word in words]
        subprocess.run(
            [sys.executable, "-m", "utils.cli", "sheet", *command, "-o", str(paths[name])],
            check=True,
        )
    return paths


def photograph(workbook: Path) -> None:
    """Print a workbook; save the first page of each of its sheets as a PNG."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        profile = (folder / "profile").as_uri()
        subprocess.run(
            ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf",
             "--outdir", str(folder), str(workbook)], check=True, capture_output=True,
        )  # fmt: skip
        printed = folder / f"{workbook.stem}.pdf"
        text = subprocess.run(["pdftotext", "-layout", str(printed), "-"], check=True,
                              capture_output=True, encoding="utf-8").stdout  # fmt: skip
        pages = [" ".join(page.split()) for page in text.split("\f")]
        for sheet in load_book(workbook).worksheets:
            title = " ".join(str(sheet["A1"].value or "").split())
            starts = [
                n for n, page in enumerate(pages, start=1) if title in page[: len(title) + 60]
            ]
            number = starts[0] if title else load_book(workbook).sheetnames.index(sheet.title) + 1
            target = SHEETS / f"{workbook.stem}-{sheet.title}"
            subprocess.run(["pdftoppm", "-r", "150", "-f", str(number), "-singlefile", "-png",
                            str(printed), str(target)], check=True)  # fmt: skip
            cut(target.with_name(f"{target.name}.png"))


def cut(path: Path, margin: int = 20) -> None:
    """Cut white paper off an image, and keep 256 colours."""
    with Image.open(path) as page:
        page = page.convert("RGB").crop((0, HEADER, page.width, page.height))
    white = Image.new("RGB", page.size, "white")
    left, top, right, bottom = ImageChops.difference(page, white).getbbox() or (0, 0, 1, 1)
    box = (max(0, left - margin), max(0, top - margin),
           min(page.width, right + margin), min(page.height, bottom + margin))  # fmt: skip
    page.crop(box).quantize(256).save(path, optimize=True)


def main() -> None:
    """Write, print and cut all; copy what the pages show."""
    for program in ("soffice", "pdftoppm", "pdftotext"):
        if shutil.which(program) is None:
            sys.exit(f"{program} isn't installed: install LibreOffice and poppler-utils.")
    for path in write_workbooks().values():
        photograph(path)
    for name, (workbook, sheet) in SHOWN.items():
        shutil.copyfile(SHEETS / f"{workbook}-{sheet}.png", PICTURES / f"{name}.png")
    print(f"All sheets are in {SHEETS}, {len(SHOWN)} of them in {PICTURES}.")


if __name__ == "__main__":
    main()
