"""Settings and data sets, by a look at names and sizes alone."""

from utils import settings
from utils.cli.doctor.findings import Finding, fault, note, ok

__all__ = ["check_data", "check_settings"]


def check_settings() -> Finding:
    """Read the settings; one with a value it can't have raises CourseError."""
    return ok("Settings", f"profile {settings.profile_name()}, data {settings.data_source()}")


def check_data() -> list[Finding]:
    """Say of each data set whether it is real, cached or missing.

    Raises CourseError where COURSE_DATA names no folder.
    """
    from utils.data import SETS, SetStatus, status

    def about(one: SetStatus) -> Finding:
        subject, fetch = f"Data {one.name}", f"Run `course data fetch {one.name}`"
        if one.state == "missing":
            what = "downloaded at first use" if SETS[one.name].automatic else "the sample is used"
            megabytes = SETS[one.name].archive.size / 1e6
            return note(subject, f"missing: {what}.", f"{fetch} to have it ({megabytes:.0f} MB).")
        if not one.note:
            return ok(subject, f"{one.state}, {one.size / 1e6:.0f} MB, {one.path}")
        if one.state == "cached":
            return fault(subject, f"{one.path}: {one.note}.", f"{fetch} to get it anew.")
        remedy = "Put the right file into COURSE_DATA, or unset COURSE_DATA."
        if one.state != "real (COURSE_DATA)":
            remedy = "Ask whoever installed the course to fetch it anew, or set COURSE_DATA."
        return fault(subject, f"{one.path}: {one.note}.", remedy)

    return [about(one) for one in status()]
