"""How asking a model can fail."""


class ModelError(Exception):
    """No provider gave an answer."""
