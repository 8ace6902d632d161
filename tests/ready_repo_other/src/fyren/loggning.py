"""Logging is set up once, before anything else."""

import logging

from fyren.maskning import MaskingFormatter


def configure(level: str) -> None:
    """One handler, one format, masked."""
    handler = logging.StreamHandler()
    handler.setFormatter(MaskingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
