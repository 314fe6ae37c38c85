"""Pictures of formats that the course doesn't read, known by their first bytes: what to do."""

import re

__all__ = ["foreign_picture"]

AS_JPEG = "Open it in a picture program (Preview, Photos, Paint, GIMP), and save it as JPEG or PNG."
AS_PNG = "Open it in the program that made it, or in a browser or Inkscape, and export it as PNG."
FROM_PHONE = (
    "Open it in Preview, Photos or Paint, and save it as JPEG; an iPhone takes JPEGs itself after "
    "Settings > Camera > Formats > Most Compatible."
)
DEVELOP = "Open it in the camera's program or a picture program, and save it as JPEG."
A_FRAME = "Save one of its frames as a JPEG, by a screenshot for example."
ANEW = "Save the picture itself: right-click on it in the browser, Save image as."
HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")
RAW = "a camera's RAW file"
RAW_ENDINGS = {
    *(".3fr", ".arw", ".cr2", ".cr3", ".dcr", ".dng", ".erf", ".iiq", ".kdc", ".mef", ".mos"),
    *(".nef", ".nrw", ".orf", ".pef", ".raf", ".rw2", ".srw"),
}
# What the first bytes must match, what that is, what to do.
BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "a JPEG 2000 picture", AS_JPEG),
    (rb"\0\0\0\x0cJXL |\xff\x0a", "a JPEG XL picture", AS_JPEG),
    (rb"\x1a\x45\xdf\xa3|RIFF....AVI |FLV\x01", "a film", A_FRAME),
    (rb"II\*\0....CR|IIR[OS]|MMOR|IIU\0|FUJIFILMCCD-RAW", RAW, DEVELOP),
    (rb"\s*%PDF-", "a PDF document", "Export its page as PNG, or take a screenshot of it."),
    (rb"\s*%!PS|\xc5\xd0\xd3\xc6", "a PostScript file", AS_PNG),
    (rb"8BPS", "a Photoshop file", "Save it as JPEG or PNG in the program that made it."),
    (rb"gimp xcf", "a file of GIMP", "Export it as JPEG or PNG in GIMP."),
    (rb"P[1-7]\s", "a picture of the Netpbm family (PBM, PGM, PPM)", AS_JPEG),
    (rb"\x76\x2f\x31\x01", "an OpenEXR picture", AS_JPEG),
    (rb".{128}DICM", "a DICOM picture", "Export it as PNG in the program that shows it."),
    (rb"\0\0\x01\0", "an icon (ICO)", AS_JPEG),
    (rb"icns", "an icon (ICNS)", AS_JPEG),
)
SVG = re.compile(rb"<svg[\s>]", re.IGNORECASE)
PAGE = re.compile(rb"<(!doctype html|html|head|body)", re.IGNORECASE)


def foreign_picture(head: bytes, ending: str = "") -> tuple[str, str] | None:
    """Return what a file is, such as "a PDF document", and how to get a picture that is read.

    head: its first 4,096 bytes. ending: of its name, for RAW files that begin as a TIFF does.
    None for all else: pictures that are read, and what is none at all.
    """
    if head[4:8] == b"ftyp":
        return _boxed(head[8:12], head[16 : min(int.from_bytes(head[:4]), 256)])
    for pattern, what, remedy in BEGINNINGS:
        if re.match(pattern, head, re.DOTALL):
            return what, remedy
    text = head.lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"").lstrip()  # also of UTF-16
    if PAGE.match(text):
        return "a web page", ANEW
    if text.startswith(b"<") and SVG.search(text):
        return "a drawing of lines (SVG)", AS_PNG
    if ending.lower() in RAW_ENDINGS:
        return RAW, DEVELOP
    return None


def _boxed(brand: bytes, others: bytes) -> tuple[str, str] | None:
    """Return what a file of the MPEG-4 family is, by the brand it names, and the others."""
    if brand in (b"avif", b"avis") or (brand in (b"mif1", b"msf1") and b"avif" in others):
        return None
    if brand in HEIF:
        return "a HEIC or HEIF picture, as iPhones take them", FROM_PHONE
    return (RAW, DEVELOP) if brand == b"crx " else ("a film (MP4 or MOV)", A_FRAME)
