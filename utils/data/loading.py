"""`load`: the real data where there is some, else the sample under a banner."""

import textwrap

from utils import settings
from utils.data import catalogue
from utils.data.catalogue import Found
from utils.data.dataset import Dataset
from utils.data.download import DownloadFailed
from utils.data.public_sets import PublicSet
from utils.data.sample import describe, sample
from utils.errors import CourseError

__all__ = ["load"]

_WIDTH = 78


def load(name: str, source: str | None = None) -> Dataset:
    """Return the data set of that name: `mnist`, `cifar10`, `cats_dogs` or `cats_dogs_photos`.

    source: `real` downloads what is missing and never takes the sample; `sample` takes only it;
        `auto` takes real data that is here, downloads MNIST, else takes the sample. The sample
        says so in a banner. None means settings.data_source().
    """
    one = catalogue.get(name)
    source = settings.data_source() if source is None else source
    if source not in settings.DATA_SOURCES:
        choices = ", ".join(settings.DATA_SOURCES)
        raise CourseError(f"There is no data source {source!r}.", f"Choose one of: {choices}.")
    if source == "sample":
        return _sample(one, "It was asked for.")
    found = catalogue.find(one)
    if found is None and (source == "real" or one.automatic):
        try:
            found = Found(one.fetch(settings.cache_dir(), progress=True), shared=False)
        except DownloadFailed as error:
            if source == "real":
                raise
            return _sample(one, error.problem)
    if found is None:
        return _sample(one, f"{one.found_as} isn't in {_places()}.")
    return catalogue.read(one, found)


def _sample(one: PublicSet, why: str) -> Dataset:
    print(_banner(one, why), flush=True)
    return sample(one.name)


def _banner(one: PublicSet, why: str) -> str:
    """Frame what the sample is, why it is used, and the one command that gets the real set."""
    paragraphs = [
        f"SAMPLE DATA, NOT {one.title.upper()}",
        f"You get {describe(one.name)}. What you measure on it says nothing about {one.title}.",
        f"Why: {why}",
        f"The real set ({one.archive.size / 1e6:.0f} MB):   course data fetch {one.name}",
    ]
    # A long path stays whole, so that it can be copied; the frame gets as wide as it needs.
    wrapper = textwrap.TextWrapper(_WIDTH - 6, break_on_hyphens=False, break_long_words=False)
    lines = [line for paragraph in paragraphs for line in wrapper.wrap(paragraph)]
    width = max(_WIDTH - 6, *map(len, lines))
    rule = "#" * (width + 6)
    return "\n".join([rule, *(f"#  {line:<{width}}  #" for line in lines), rule])


def _places() -> str:
    shared = settings.shared_data_dir()
    folders = [
        f"COURSE_DATA ({place.path})" if place.path == shared else str(place.path)
        for place in catalogue.places()
    ]
    return ", nor in ".join(folders)
