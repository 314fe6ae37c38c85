"""What tests on workbooks share: the mark of those that need LibreOffice."""

import shutil

import pytest

needs_libreoffice = pytest.mark.skipif(
    not (shutil.which("soffice") or shutil.which("libreoffice")),
    reason="the system package LibreOffice isn't installed",
)
