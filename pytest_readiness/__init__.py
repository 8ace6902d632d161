"""Is this system ready for production? `pytest --readiness` answers with proof."""

__version__ = "0.1.0"
