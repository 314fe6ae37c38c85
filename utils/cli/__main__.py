"""`python -m utils.cli` is `course`."""

from utils.cli.start import main

if __name__ == "__main__":
    main()
