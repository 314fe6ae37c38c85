"""`python -m utils.cli` is `course`."""

from utils.cli.main import main

if __name__ == "__main__":
    main()
