"""From check results to the report: scope, scores, gaps, roadmap, gate. Pure functions over models.

`assemble` is the way in; order of what is given never matters, and all that is given back is in a stable order.
"""

from pytest_readiness.engine.assemble import assemble

__all__ = ["assemble"]
