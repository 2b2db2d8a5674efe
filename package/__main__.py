"""`python -m assay`."""

from assay.audit.cli import main

if __name__ == "__main__":
    main()
