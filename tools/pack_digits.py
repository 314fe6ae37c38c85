"""Pack scikit-learn's handwritten digits for the sample: utils/data/digits.npz.

    python -m tools.pack_digits

They are the test part of E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits (UCI,
1998), as scikit-learn ships it (BSD). With them in a file of ours a learner needs no scikit-learn,
which Keras imports along wherever it is installed.
"""

import io

import numpy as np
from sklearn.datasets import load_digits

from utils.data.sample import DIGITS_FILE
from utils.files import write_whole


def main() -> None:
    """Write images (1797, 8, 8) uint8, 0 to 16, and labels (1797,) uint8."""
    values, labels = load_digits(return_X_y=True)
    file = io.BytesIO()
    np.savez_compressed(
        file, images=values.astype(np.uint8).reshape(-1, 8, 8), labels=labels.astype(np.uint8)
    )
    write_whole(DIGITS_FILE, file.getvalue())
    print(f"{DIGITS_FILE}: {len(labels):,} digits, {len(file.getvalue()):,} bytes")


if __name__ == "__main__":
    main()
