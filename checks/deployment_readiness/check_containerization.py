"""Can every component be built and started as an image?"""

from pytest_readiness.authoring import Evidence, Example, Repo, Units, check

from .image_examples import APP, COMPOSE, DOCKERFILE, PACKAGE, SERVICE, STAGED, WORKER, changed, service

NO_COMPONENT = (
    "no component was found: no module binds a server's application or runs as a service, no package.json starts one"
)
SEEDS = 'FROM python:3.12-slim\nCOPY seed.py .\nCMD ["python", "seed.py"]\n'
NO_DOCKERFILE = "the repository has no Dockerfile"


@check(
    severity="high",
    effort_days=3,
    standard="Docker docs, Dockerfile reference; The Twelve-Factor App, V Build, release, run",
    meets=[
        Example({**SERVICE, "Dockerfile": DOCKERFILE}, why="one service, one Dockerfile"),
        Example(
            {**service("services/billing"), **service("services/search"), "docker-compose.yml": "services: {}\n"},
            why="a Dockerfile in the folder of each service",
        ),
        Example(
            {
                "services/billing/main.py": APP,
                "services/jobs/worker.py": WORKER,
                "Dockerfile": """
                ARG PYTHON=3.12
                FROM python:${PYTHON}-slim AS base
                WORKDIR /srv
                RUN pip install fastapi uvicorn

                FROM base AS billing
                COPY services/billing ./billing
                CMD ["uvicorn", "billing.main:app"]

                FROM base AS jobs
                COPY services/jobs/ /srv/jobs/
                CMD exec python -u jobs/worker.py
                """,
                "compose.yaml": """
                services:
                  billing: {build: {context: ., target: billing}}
                  jobs: {build: {context: ., target: jobs}}
                """,
            },
            why="one Dockerfile with a target for each service",
        ),
        Example(
            {
                "src/shop/__init__.py": "",
                "src/shop/api/__init__.py": "",
                "src/shop/api/app.py": APP,
                "src/shop/jobs/__init__.py": "",
                "src/shop/jobs/mail_worker.py": WORKER,
                "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["fastapi", "uvicorn"]\n',
                "docker/Dockerfile": """
                FROM python:3.12-slim
                WORKDIR /app
                COPY pyproject.toml ./
                COPY src ./src
                RUN pip install .
                CMD ["python", "-m", "uvicorn", "shop.api.app:app"]
                """,
                "docker-compose.yml": """
                services:
                  api: {build: {context: ., dockerfile: docker/Dockerfile}}
                  mail:
                    build: {context: ., dockerfile: docker/Dockerfile}
                    command: python -m shop.jobs.mail_worker
                """,
            },
            why="an installed project, and a command that compose overrides",
        ),
        Example(
            {
                "web/package.json": PACKAGE,
                "web/src/index.ts": "export {};\n",
                "deploy/web.Dockerfile": """
                FROM node:22 AS build
                WORKDIR /web
                COPY web/package.json ./
                RUN npm install
                COPY web ./
                RUN npm run build

                FROM nginx:1.27
                COPY --from=build /web/dist /usr/share/nginx/html
                """,
            },
            why="a front end, built in an earlier stage of the image that serves it",
        ),
        Example(
            {
                **SERVICE,
                "start.sh": '#!/bin/sh\nset -e\nexec uvicorn "${MODULE:-main:app}"\n',
                "Containerfile": """
                FROM python:3.12-slim
                WORKDIR /app
                RUN <<EOF
                pip install fastapi
                pip install uvicorn
                EOF
                COPY . .
                ENTRYPOINT ["/app/start.sh"]
                """,
            },
            why="a Containerfile whose entrypoint is a script of the repository",
        ),
    ],
    falls_short=[
        Example(SERVICE, why="no Dockerfile", score=0),
        Example({"README.md": "# A library\n", "Dockerfile": DOCKERFILE}, why="no component", score=0),
        Example(
            {**service("services/billing"), **service("services/search", None)},
            why="one of two services has an image",
            score=50,
        ),
    ],
    decoys=[
        Example({**SERVICE, "Dockerfile": ""}, why="an empty Dockerfile", score=0),
        Example({**SERVICE, "Dockerfile": "# FROM python:3.12\n# CMD main.py\n"}, why="comments alone", score=0),
        Example(
            {**SERVICE, "Dockerfile": "COPY . .\nCMD uvicorn main:app\n"}, why="it does not parse: no FROM", score=0
        ),
        Example(
            {**SERVICE, "seed.py": "print(1)\n", "Dockerfile": SEEDS},
            why="in the right folder it copies and starts something else",
            score=0,
        ),
        Example(
            {**SERVICE, "Dockerfile": DOCKERFILE.replace("COPY main.py .\n", "")},
            why="it starts a module that it does not copy",
            score=0,
        ),
        Example(
            {**SERVICE, "Dockerfile": DOCKERFILE.replace("COPY main.py .", "COPY main.py ./server/")},
            why="it copies the module to where the server does not look",
            score=0,
        ),
        Example(
            {**SERVICE, "Makefile": "build:\n\tdocker build -t api -f docker/api.Dockerfile .\n"},
            why="a Makefile builds with a Dockerfile that is missing",
            score=0,
        ),
        Example(
            {**SERVICE, "tests/Dockerfile": DOCKERFILE, ".devcontainer/Dockerfile": DOCKERFILE},
            why="images for tests and for development",
            score=0,
        ),
        Example(
            {"web/package.json": PACKAGE, "Dockerfile": 'FROM node:22\nCOPY . /srv\nCMD ["node", "other.js"]\n'},
            why="everything is copied, and nothing works in the front end's folder",
            score=0,
        ),
        Example(
            {
                **SERVICE,
                ".dockerignore": "*\n!requirements.txt\n",
                "Dockerfile": DOCKERFILE.replace("main.py .", ". ."),
            },
            why="the service is left out of the context",
            score=0,
        ),
    ],
)
def test_dockerfiles_exist(repo: Repo, units: Units) -> None:
    """Is there a container image definition for every component?

    Passes: a Dockerfile starts one of the service entry modules of each component, followed through WORKDIR and COPY,
    and through the command that a compose service gives; for a package.json component the image copies its folder.

    Falls short: no component, no Dockerfile; an empty one, one that does not parse, one that copies or starts
    something else, a build that names a Dockerfile that is missing.

    Impact: A component without an image cannot be deployed the same way twice and cannot be rolled back.

    Recommendation: Add a Dockerfile for each uncovered component that copies its code, installs its requirements and
    starts its server module.
    """
    assert repo.delivery.components, NO_COMPONENT
    for component in repo.delivery.components:
        found = repo.delivery.images_of(component)
        if found:
            units.good(component.name, *found)
        else:
            units.bad(component.name, component.place, note=repo.delivery.why_not_started(component))


@check(
    severity="medium",
    effort_days=2,
    standard="Compose Specification (Docker docs, Compose file reference)",
    depends_on=["dockerfiles_exist"],
    meets=[
        Example({"docker-compose.yml": COMPOSE, "Dockerfile": DOCKERFILE}),
        Example(
            {
                "compose.yaml": "services:\n  api: {image: shop/api}\n",
                "compose.override.yaml": "services:\n  api: {build: {context: api, target: dev}}\n",
                "api/Dockerfile": "FROM python:3.12 AS dev\n",
            },
            why="the override builds what the other file names",
        ),
        Example(
            {
                "deploy/compose.yml": """
                x-common: &common
                  build: {context: .., dockerfile: "${IMAGE_FILE:-deploy/api.Dockerfile}"}
                  depends_on: {db: {condition: service_healthy}}
                services:
                  api: {<<: *common}
                  worker:
                    extends: {service: api}
                    command: python worker.py
                  db: {image: "postgres:16"}
                """,
                "deploy/compose.prod.yml": "services:\n  api:\n    restart: always\n    depends_on: [db]\n",
                "deploy/api.Dockerfile": DOCKERFILE,
            },
            why="anchors, extended services and a file laid over another",
        ),
        Example(
            {
                "docker-compose.yml": "services:\n  api: {image: 'registry.example/shop-api:1'}\n",
                "Makefile": "TAG = shop-api\nimage:\n\tdocker build -t $(TAG):1 .\n",
                "Dockerfile": DOCKERFILE,
            },
            why="the image is built by make from this repository",
        ),
    ],
    falls_short=[
        Example({"Dockerfile": DOCKERFILE}, why="no Compose file", score=0),
        Example(
            {"compose.yml": COMPOSE, "compose.prod.yml": COMPOSE.replace(".", "api"), "Dockerfile": DOCKERFILE},
            why="the second file builds in a folder that is missing",
            score=50,
        ),
        Example(
            {"compose.yml": COMPOSE.replace("[db]", "[cache]"), "Dockerfile": DOCKERFILE},
            why="it depends on a service that is not there",
            score=0,
        ),
        Example(
            {"compose.yml": "services:\n  api: {build: .}\n  db: {ports: ['5432']}\n", "Dockerfile": DOCKERFILE},
            why="a service without image and build",
            score=0,
        ),
    ],
    decoys=[
        Example({"compose.yml": "services: {}\n", "Dockerfile": DOCKERFILE}, why="services: {}", score=0),
        Example({"compose.yml": "# services:\n#   api:\n", "Dockerfile": DOCKERFILE}, why="comments alone", score=0),
        Example({"compose.yml": "services: [\n", "Dockerfile": DOCKERFILE}, why="no YAML", score=0),
        Example(
            {"compose.yml": "services:\n  db: {image: postgres}\n  cache: {image: redis}\n", "Dockerfile": DOCKERFILE},
            why="only third-party images",
            score=0,
        ),
        Example({"compose.yml": COMPOSE, "api/Dockerfile": DOCKERFILE}, why="no Dockerfile in its context", score=0),
        Example(
            {"Makefile": "up:\n\tdocker compose up -d\n", "Dockerfile": DOCKERFILE},
            why="a compose command in a Makefile",
            score=0,
        ),
    ],
)
def test_docker_compose_exists(repo: Repo, units: Units) -> None:
    """Can the system be started together from a valid Compose file?

    Passes: every Compose file declares services, each has an image or a build (its own or that of another file of the
    folder), every build finds its Dockerfile, every depends_on a service, and one service is built from this
    repository.

    Falls short: no Compose file, `services: {}`, comments alone, a build without Dockerfile, third-party images alone.

    Impact: Developers and demos cannot start the whole system as it runs in production.

    Recommendation: Add a docker-compose.yml that builds each component's image and the data stores it needs, with
    depends_on and healthchecks.
    """
    files = repo.delivery.compose_files
    assert files, "the repository has no Compose file"
    built = [s for f in files for s in f.services if s.build]
    assert built or any(f.problems for f in files), "no service of a Compose file is built from this repository"
    for file in files:
        if file.problems or not built:
            units.bad(
                file.path, *file.problems, note="; ".join(p.note for p in file.problems) or "nothing is built here"
            )
        else:
            units.good(file.path, *(s.place for s in file.services))


@check(
    severity="high",
    effort_days=1,
    standard="Docker docs, Dockerfile reference (FROM, COPY, CMD, ENTRYPOINT) and Building best practices",
    depends_on=["dockerfiles_exist"],
    mode="exec",
    meets=[
        Example({**SERVICE, "Dockerfile": DOCKERFILE}, why="nothing is wrong that can be seen", status="unknown"),
        Example(
            {
                "pyproject.toml": """
                [project]
                name = "shop"
                dependencies = ["fastapi[standard]>=0.115"]

                [build-system]
                requires = ["hatchling"]
                """,
                "uv.lock": "version = 1\n",
                "src/shop/main.py": APP,
                "Dockerfile": """
                # syntax=docker/dockerfile:1.7
                ARG PYTHON=3.12
                FROM ghcr.io/astral-sh/uv:0.5-python${PYTHON}-bookworm-slim AS build
                WORKDIR /app
                RUN --mount=type=bind,source=uv.lock,target=uv.lock \\
                    --mount=type=bind,source=pyproject.toml,target=pyproject.toml \\
                    # the project itself comes later
                    uv sync --locked --no-install-project
                COPY . .
                RUN uv sync --locked

                FROM gcr.io/distroless/python3-debian12:nonroot
                COPY --from=build /app /app
                WORKDIR /app
                ENV PYTHONPATH=/app/src:/app/.venv/lib/python3.12/site-packages
                ENTRYPOINT ["python", "-m", "uvicorn", "shop.main:app"]
                """,
            },
            why="uv, bind mounts, a distroless image",
            status="unknown",
        ),
        Example(
            {
                "pyproject.toml": """
                [tool.poetry]
                name = "shop"

                [tool.poetry.dependencies]
                python = "^3.12"
                gunicorn = "^23"
                uvicorn = {version = "^0.32", extras = ["standard"]}
                """,
                "app/server.py": APP,
                "docker/api.Dockerfile": """
                FROM python:3.12@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa AS deps
                COPY pyproject.toml poetry.lock* ./
                RUN pip install poetry==1.8 && poetry export -f requirements.txt -o requirements.txt

                FROM python:3.12-slim
                COPY --from=deps requirements.txt /tmp/
                RUN pip install -r /tmp/requirements.txt
                WORKDIR /srv
                COPY app/*.py ./
                COPY --chmod=755 <<-EOF /srv/start.sh
                #!/bin/sh
                exec gunicorn -k uvicorn.workers.UvicornWorker server:app
                EOF
                CMD ["./start.sh"]
                """,
                "compose.yml": "services: {api: {build: {context: ., dockerfile: docker/api.Dockerfile}}}\n",
            },
            why="exported requirements, a pattern, a script that stands in the Dockerfile",
            status="unknown",
        ),
        Example(
            {
                **SERVICE,
                "base.Dockerfile": """
                FROM python:3.12-slim AS base
                ONBUILD COPY . /app
                WORKDIR /app

                FROM base
                RUN pip install -r requirements.txt
                CMD uvicorn main:app
                """,
            },
            why="files that ONBUILD copies",
            status="unknown",
        ),
    ],
    falls_short=[
        Example(SERVICE, why="no Dockerfile", score=0),
        Example(
            {**SERVICE, "Dockerfile": DOCKERFILE, "jobs/Dockerfile": "FROM python:3.12\n"},
            why="one has no command, the other cannot be told without a build",
            score=0,
            status="fail",
        ),
        Example(
            changed('"uvicorn"', '"gunicorn", "-k", "uvicorn.workers.UvicornWorker"'), why="nothing installs gunicorn"
        ),
    ],
    decoys=[
        Example({**SERVICE, "Dockerfile": "RUN echo\n" + DOCKERFILE}, why="RUN before FROM"),
        Example({**SERVICE, "Dockerfile": DOCKERFILE + "START now\n"}, why="an instruction that there is not"),
        Example(changed("python:3.12-slim", "python"), why="a base image without tag"),
        Example(changed("python:3.12-slim", "python:latest"), why="latest"),
        Example(
            {**SERVICE, "Dockerfile": "ARG TAG=latest\n" + DOCKERFILE.replace("3.12-slim", "${TAG}")},
            why="latest by an ARG's default",
        ),
        Example(
            {**SERVICE, "Dockerfile": "ARG TAG\n" + DOCKERFILE.replace("3.12-slim", "${TAG}")},
            why="a tag that nothing gives",
        ),
        Example(changed("COPY main.py .", "COPY main.py config.yaml ./"), why="a file that the context does not hold"),
        Example(
            {**SERVICE, ".dockerignore": "*.txt\n", "Dockerfile": DOCKERFILE},
            why="a file that .dockerignore leaves out",
        ),
        Example(changed("COPY main.py .", "COPY ../shared/main.py ."), why="a file above the context"),
        Example(changed("COPY main.py", "COPY --from=builder main.py"), why="a stage that there is not"),
        Example(changed("CMD [", "# CMD ["), why="the command is a comment"),
        Example(changed("main:app", "server:app"), why="a module that is not there"),
        Example(
            changed('CMD ["uvicorn", "main:app", "--host", "0.0.0.0"]', 'CMD ["./start.sh"]'), why="no such script"
        ),
        Example(
            {**SERVICE, "requirements.txt": "fastapi\n# uvicorn\n", "Dockerfile": DOCKERFILE},
            why="the server stands in a comment of the requirements",
        ),
        Example(
            {**SERVICE, "requirements.txt": "fastapi\n", "dev.txt": "uvicorn\n", "Dockerfile": DOCKERFILE},
            why="the server stands in requirements that the image does not install",
        ),
        Example(changed('"uvicorn", "main:app"', '"fastapi", "run"'), why="fastapi without its command line"),
        Example(changed('CMD ["uvicorn", "main:app"', "CMD ['uvicorn', 'main:app'"), why="no JSON"),
        Example(
            {**SERVICE, "Dockerfile": DOCKERFILE.replace("COPY main.py .\n", "")},
            why="the module is in the context, and never copied",
        ),
        Example(
            {
                **SERVICE,
                "Dockerfile": "FROM python:3.12 AS build\nRUN pip install uvicorn\n\n"
                + DOCKERFILE.replace("RUN pip install --no-cache-dir -r requirements.txt\n", ""),
            },
            why="the server is installed in a stage that nothing is taken from",
        ),
    ],
)
def test_images_buildable(repo: Repo, units: Units) -> None:
    """Does every image build, and can its container start?

    Passes: `docker build` succeeds for every Dockerfile, which only a build shows.

    Falls short: a Dockerfile that does not parse, a base image without a fixed version, a copy of what the context does
    not hold, a `--from` that names nothing, no command, a command whose module is not in the image, a server that
    nothing installs.

    Unknown: no Dockerfile has a defect that can be seen without building.

    Impact: A release would stop at the build, or the container would crash at start.

    Recommendation: Fix the cited lines (pin the base image, copy what exists, install the server that CMD starts) and
    build every image in CI.
    """
    files = repo.delivery.images.dockerfiles
    assert files, NO_DOCKERFILE
    for path, file in files.items():
        defects = repo.delivery.defects.of(file)
        if defects:
            units.bad(path, *defects, note="; ".join(d.note for d in defects))
        else:
            commands = " && ".join(dict.fromkeys(b.command for b in repo.delivery.images.builds_of(file)))
            first = Evidence(path=path, line=file.stages[-1].line)
            units.unknown(path, first, note=f"no defect is visible; only a build settles it: {commands}")


@check(
    severity="low",
    effort_days=1,
    standard="Docker docs, Multi-stage builds; CIS Docker Benchmark 4.3",
    depends_on=["dockerfiles_exist"],
    meets=[
        Example({**SERVICE, "Dockerfile": STAGED}),
        Example(
            {"Dockerfile": 'FROM python:3.12\nRUN make\n\nFROM scratch\nCOPY --from=0 /out /\nCMD ["/out"]\n'},
            why="a stage by its number",
        ),
        Example(
            {
                "Dockerfile": """
                FROM python:3.12 AS wheels
                RUN pip wheel -w /wheels uvicorn
                FROM python:3.12-slim
                RUN --mount=type=cache,target=/root/.cache --mount=type=bind,from=wheels,source=/wheels,target=/w \\
                    pip install /w/*
                CMD ["python"]
                """
            },
            why="a mounted stage",
        ),
        Example({"Dockerfile": "FROM nginx:1.27\nCOPY site /usr/share/nginx/html\n"}, why="nothing is run"),
    ],
    falls_short=[
        Example(SERVICE, why="no Dockerfile", score=0),
        Example({**SERVICE, "Dockerfile": DOCKERFILE}, why="one stage", score=0),
        Example({**SERVICE, "Dockerfile": STAGED, "jobs/Dockerfile": DOCKERFILE}, why="one of two", score=50),
    ],
    decoys=[
        Example(
            {**SERVICE, "Dockerfile": STAGED.replace("COPY --from=build /install /usr/local\n", "")},
            why="several FROM, and nothing taken",
            score=0,
        ),
        Example(
            {**SERVICE, "Dockerfile": DOCKERFILE.replace("WORKDIR", "COPY --from=busybox:1 /bin/wget /bin/\nWORKDIR")},
            why="files of an external image alone",
            score=0,
        ),
        Example({**SERVICE, "Dockerfile": "# FROM python:3.12 AS build\n" + DOCKERFILE}, why="in a comment", score=0),
        Example(
            {**SERVICE, "Dockerfile": DOCKERFILE.replace("slim\n", "slim AS build\n") + "FROM build\nUSER nobody\n"},
            why="the last stage is the one that builds",
            score=0,
        ),
        Example(
            {
                **SERVICE,
                "Dockerfile": "FROM python:3.12 AS a\nRUN x\nFROM python:3.12 AS b\nCOPY --from=a /x /x\n\n"
                + DOCKERFILE,
            },
            why="a stage is copied from, and not into the last",
            score=0,
        ),
        Example(
            {**SERVICE, "Dockerfile": STAGED.replace("COPY --from=build", "RUN --mount=type=cache,from=build")},
            why="a cache is mounted",
            score=0,
        ),
    ],
)
def test_multi_stage_builds(repo: Repo, units: Units) -> None:
    """Do images leave build tools behind by building in stages?

    Passes: every Dockerfile that runs anything takes files from an earlier stage into its last one.

    Falls short: one stage, or stages that nothing is taken from; files of an external image alone.

    Impact: Larger images with compilers and caches start slower and give an attacker more to use.

    Recommendation: Install dependencies in a builder stage and copy only the virtual environment and the code into a
    slim final stage.
    """
    assert repo.delivery.images.dockerfiles, NO_DOCKERFILE
    units.none_is_fine("no Dockerfile runs anything while it builds, so that there is nothing to leave behind")
    for staged in repo.delivery.staged:
        if staged.taken:
            units.good(staged.path, *staged.stages, *staged.taken)
        else:
            units.bad(staged.path, *staged.stages, note=staged.problem)
