"""Small repositories that prove the check of the service facade's documentation."""

from collections.abc import Mapping
from textwrap import dedent

from pytest_readiness.authoring import Example

FACADE = """
    from enum import Enum


    class ServiceMode(Enum):
        AWS_ONLY = "aws_only"
        HYBRID = "hybrid"


    class ServiceFacade:
        '''Hands out services: agent core, search, cache, storage, secrets, compute, LLM.'''

        def __init__(self, mode: ServiceMode = ServiceMode.HYBRID) -> None:
            self.mode = mode

        def get_search_service(self):
            return Front(self, "search")

        def get_cache_service(self):
            return Front(self, "cache")


    class Front:
        def __init__(self, facade, name):
            self.facade, self.name = facade, name
    """
PLACE = "backend/infrastructure/service_facade.py"
CODE = {"backend/__init__.py": "", "backend/infrastructure/__init__.py": "", PLACE: FACADE}
DOC = """
    # Service facade

    Agents reach every managed service through the facade, which fails over to a local one when AWS is away and keeps
    the tenants apart.

    ## Modes

    - `AWS_ONLY`: no local services
    - `HYBRID`: AWS first, then local

    ## Services

    | accessor | service |
    | --- | --- |
    | `get_search_service()` | full text search |
    | `get_cache_service()` | cache with a time to live |

    ```python
    from backend.infrastructure.service_facade import ServiceFacade, ServiceMode

    facade = ServiceFacade(ServiceMode.HYBRID)
    found = await facade.get_search_service().search("minutes")
    ```
    """
DOC_SV = """
    # Plattformen

    Tjänstefasaden
    --------------

    Agenterna når alla tjänster genom fasaden, som går över till en lokal tjänst när AWS är borta och som håller isär
    hyresgästerna.

    1. Läget "AWS only": inga lokala tjänster.
    2. Läget "hybrid": AWS först, sedan lokalt.

    Sökning ges av `get_search_service`, cache av `get_cache_service`:

    ```py
    from backend.infrastructure import service_facade

    service_facade.ServiceFacade().get_cache_service()
    ```
    """


def described(text: str, path: str = "docs/service_facade.md", code: Mapping[str, str] = CODE) -> dict[str, str]:
    """The facade, and a document."""
    return {**code, path: dedent(text)}


FACADE_MEET = [
    Example(described(DOC), why="a document of its own"),
    Example(described(DOC_SV, "README.md"), why="a Swedish section of the README"),
    Example(described(DOC_SV.replace("Tjänstefasaden", "Fasaden"), "README.md"), why="the façade, for short"),
    Example(
        described(
            DOC.replace("backend.infrastructure.service_facade", "shop.platform")
            .replace("ServiceFacade", "Platform")
            .replace("# Service facade", "# Platform"),
            code={
                "src/shop/__init__.py": "",
                "src/shop/platform.py": FACADE.replace("ServiceFacade", "Platform"),
            },
        ),
        settings={"source_roots": ["src"], "paths": {"facade": "src/shop/platform.py"}},
        why="under another name elsewhere",
    ),
]
FACADE_FALL = [
    Example(
        described(DOC.replace("`HYBRID`", "Both").replace("(ServiceMode.HYBRID)", "()")),
        score=75,
        why="a mode is not named",
    ),
    Example(described(DOC.replace("`get_cache_service()`", "cache")), score=75, why="an accessor is not named"),
    Example(
        described(DOC.replace("import ServiceFacade,", "import Facade,")), score=75, why="the example does not import"
    ),
    Example(described("# Platform\n"), score=0, why="no such section"),
    Example(described("# Service facade\n\nTo be written.\n"), score=0, why="no substance"),
    Example({"docs/service_facade.md": dedent(DOC), "app.py": "import boto3\n"}, score=0, why="no facade in the code"),
]
FACADE_DECOYS = [
    Example(CODE | {"README.md": "# Platform\n"}, score=0, why="docstrings alone"),
    Example(described(DOC, "docs/facade_integration_summary.md"), score=0, why="a work report on how it was built"),
    Example(
        described(
            """
            # Architecture

            ```mermaid
            flowchart LR
                agents --> facade[ServiceFacade: get_search_service, get_cache_service, AWS_ONLY, HYBRID]
                facade --> aws
            ```

            Agents call the facade, the facade calls AWS, and every call passes a circuit breaker on the way
            there and on the way back.
            """,
            "docs/architecture.md",
        ),
        score=0,
        why="the facade as a box in a diagram",
    ),
]
