"""`python -m envoylog` is the command `envoylog`."""

from envoylog.cli import main

if __name__ == "__main__":
    main()
