"""Documents on deployment and set-up, shared by the examples of their checks."""

from pytest_readiness.authoring import Example

PROSE = "The service runs behind a load balancer in two zones and keeps its data in a managed database. " * 8
"""136 words."""
GUIDE = f"""# Deploying the shop

{PROSE}

## Prerequisites

You need Docker 24, the AWS CLI with rights to the production account, and access to the registry.

## Build

```bash
docker build -t shop .
docker push registry.example.com/shop:1.4
```

## Release

```bash
aws ecs update-service --cluster shop --service api --force-new-deployment
aws ecs wait services-stable --cluster shop --services api
```

## Check

```sh
curl https://shop.example.com/health
```
"""
SWEDISH_GUIDE = f"""Handbok
=======

Förkrav
-------

Du behöver Docker, AWS CLI och behörighet till kontot för drift och till registret.

Driftsättning
-------------

{PROSE}

1. Bygg avbilden:

   ```bash
   docker build -t butik .
   docker push registret.example.com/butik:1.4
   ```

2. Släpp den:

   ~~~sh
   aws ecs update-service --cluster butik --service api --force-new-deployment
   aws ecs wait services-stable --cluster butik --services api
   ~~~

3. Kontrollera:

   ```console
   $ curl https://butik.example.com/health
   {{"ok": true}}
   ```
"""
RST_GUIDE = f"""Operating
=========

Requirements
------------

Docker, the AWS CLI, rights in the production account and a token for the registry.

Releases
--------

{PROSE}

#. Build and push:

   .. code-block:: bash

      docker build -t shop .
      docker push registry.example.com/shop:1.4

#. Release:

   .. code-block:: console

      $ aws ecs update-service --cluster shop --service api --force-new-deployment
      $ aws ecs wait services-stable --cluster shop --services api

#. Look:

   .. code-block:: sh

      curl https://shop.example.com/health
"""
CONTENTS = """# Deployment Guide

1. [Overview](#overview)
2. [Prerequisites](#prerequisites)
3. [Steps](#steps)
4. [Rollback](#rollback)
"""
GUIDE_MEETS = [
    Example({"docs/deployment.md": GUIDE}, why="a document on deployment counts as a whole"),
    Example(
        {"README.md": SWEDISH_GUIDE}, why="a section in Swedish with an ordered list, setext headings, other fences"
    ),
    Example({"docs/operating.rst": RST_GUIDE}, why="reStructuredText"),
    Example(
        {"docs/how_to_release.md": GUIDE.replace("# Deploying the shop", "# The shop")},
        why="the name of the file says what it is about",
    ),
]
GUIDE_MEETS += [
    Example(
        {
            "docs/driftsattning.md": GUIDE.replace("# Deploying the shop", "# Butiken").replace(
                "## Prerequisites", "## Innan du börjar"
            )
        },
        why="a Swedish file name without its accents, and prerequisites as what comes before the start",
    ),
]
GUIDE_FALLS = [
    Example({"app.py": "x = 1\n"}, why="no such document", score=0),
    Example({"docs/deployment.md": CONTENTS}, why="a title and a table of contents", score=0),
    Example({"docs/deployment.md": GUIDE.replace("## Prerequisites", "## Before")}, why="no prerequisites", score=75),
    Example(
        {"docs/deployment.md": GUIDE.replace("```bash", "```").replace("```sh", "```text")},
        why="fences without a language hold no commands",
        score=75,
    ),
    Example({"docs/deployment.md": GUIDE.replace(PROSE, "")}, why="too few words", score=75),
]
GUIDE_DECOYS = [
    Example(
        {"docs/deployment.md": "# Deployment\n" + "".join(f"\n## Step {n}\n\nTODO: describe\n" for n in range(60))},
        why="TODO sections",
        score=25,
    ),
    Example(
        {
            "docs/deployment.md": f"# Deployment\n\n{PROSE}{PROSE}\n\n"
            "1. Run `docker build .`, `docker push`, `cdk deploy`.\n"
            "2. Run `aws ecs wait`.\n3. Run `curl x/health`.\n"
        },
        why="commands quoted in prose",
        score=50,
    ),
    Example(
        {
            "docs/deployment.md": "# Deployment checklist\n\n"
            + "- [x] Every image is built, pushed and tested well\n" * 30
        },
        why="a checklist of ticked boxes",
        score=25,
    ),
    Example({"docs/DEPLOYMENT_SUMMARY.md": GUIDE}, why="a work report", score=0),
    Example({"tests/docs/deployment.md": GUIDE, ".github/docs/deployment.md": GUIDE}, why="tests and hidden", score=0),
    Example(
        {"docs/deployment.md": f"# Deployment\n\n````markdown\n{GUIDE}````\n"},
        why="headings and fences inside a fence are its text",
        score=25,
    ),
    Example(
        {"docs/deployment.md": GUIDE.replace("docker build", "docker build -f gone/Dockerfile")},
        why="dead references are judged elsewhere",
        score=100,
    ),
]

APP = """
    from fastapi import FastAPI

    app = FastAPI()


    @app.get("/health")
    def health() -> dict:
        return {"ok": True}
    """
LOCAL = """# Shop

## Prerequisites

- Python 3.12 and a database server that listens on the usual port

## Getting started

```bash
python -m venv .venv && source .venv/bin/activate
pip install -r requirements.txt
cp .env.example .env
python main.py
```

In another terminal ask it how it is; the answer must be `ok`, with the version that you have checked out:

```bash
curl http://localhost:8000/health
```
"""
CODE = {"main.py": APP, "requirements.txt": "fastapi\n", ".env.example": "LEVEL=\n"}
SWEDISH_LOCAL = """# Butiken

## Kom igång

### Förutsättningar

Python 3.12, Docker och ett konto hos leverantören av språkmodellen.

### Steg

1. Installera beroenden:

    ```sh
    uv sync
    ```

2. Skapa filen `.env` med nyckeln till språkmodellen och adressen till databasen:

    ```env
    LLM_KEY=hemlig
    ```

3. Starta tjänsten och databasen tillsammans: `butik` svarar efter någon minut.

    ```sh
    docker compose up -d
    ```

4. Kör testerna:

    ```sh
    make test
    ```
"""
MONOREPO_LOCAL = """# API

## Requirements

Python 3.12, Poetry 2 and a running Redis on the default port.

## Local development

<details>
<summary>Linux and macOS</summary>

```shell
git clone git@example.com:shop/shop.git
cd shop/services/api
poetry install
export REDIS_URL=redis://localhost:6379
cd src && poetry run python -m shop.web.server &
poetry run pytest tests/test_web.py::test_web -q
```

</details>

The service answers on port 8000, and reloads when a file below `src` changes.
"""
LOCAL_MEETS = [
    Example({**CODE, "README.md": LOCAL}, why="a README that runs as written"),
    Example(
        {
            "README.md": SWEDISH_LOCAL.replace("Kom igång", "Komma igång"),
            "compose.yaml": "services:\n  butik: {build: .}\n",
            "Makefile": ".PHONY: test\ntest:\n\tuv run pytest\n",
        },
        why="Swedish, compose and make",
    ),
    Example(
        {
            "services/api/src/shop/web/server.py": APP + "\n    if __name__ == '__main__':\n        run(app)\n",
            "services/api/src/shop/__init__.py": "",
            "services/api/src/shop/web/__init__.py": "",
            "services/api/tests/test_web.py": "def test_web(): ...\n",
            "services/api/README.md": MONOREPO_LOCAL,
        },
        settings={"source_roots": ["services/api/src"]},
        why="a part of a monorepo, a clone, Poetry, a module that is run, a details block",
    ),
]
LOCAL_MEETS += [
    Example(
        {
            **CODE,
            "pyproject.toml": '[project]\nname = "shop"\nscripts = {shop-api = "main:app"}\n',
            "README.md": LOCAL.replace("python main.py", "uv run shop-api"),
        },
        why="a command that the package installs",
    ),
    Example(
        {
            **CODE,
            "Dockerfile": "FROM python:3.12\n",
            "README.md": LOCAL.replace("pip install -r requirements.txt", "docker build -t shop .").replace(
                "python main.py", "docker run -p 8000:8000 shop"
            ),
        },
        why="an image that is built and run",
    ),
]
LOCAL_FALLS = [
    Example({"app.py": "x = 1\n"}, why="no such section", score=0),
    Example(
        {**CODE, "README.md": LOCAL.replace("## Prerequisites", "## Overview")}, why="no prerequisites", score=500 / 6
    ),
    Example({**CODE, "README.md": LOCAL.replace("cp .env.example .env\n", "")}, why="no configuration", score=500 / 6),
    Example({**CODE, "README.md": LOCAL.replace("curl http://", "open http://")}, why="nothing checks", score=500 / 6),
    Example({**CODE, "README.md": LOCAL.replace("pip install -r requirements.txt\n", "")}, score=500 / 6),
]
LOCAL_DECOYS = [
    Example(
        {**CODE, "README.md": LOCAL.replace("python main.py", "docker run -p 8000:8000 shop-api")},
        why="an image that nothing builds",
        score=500 / 6,
    ),
    Example(
        {**CODE, "README.md": LOCAL.replace("python main.py", "cd backend\npython main.py")},
        why="a start step in a missing folder",
        score=500 / 6,
    ),
    Example(
        {
            **CODE,
            "README.md": LOCAL.replace("python main.py", "make dev"),
            "Makefile": ".PHONY: dev\ntest:\n\tpytest\n",
        },
        why="a missing make target",
        score=500 / 6,
    ),
    Example(
        {**CODE, "README.md": LOCAL.replace("python main.py", "docker compose up")},
        why="a missing compose file",
        score=500 / 6,
    ),
    Example(
        {**CODE, "README.md": LOCAL.replace("/health", "/status")},
        why="a curl to a route that no code has",
        score=500 / 6,
    ),
    Example(
        {**CODE, "README.md": LOCAL.replace("python main.py", "python seed.py"), "seed.py": "print(1)\n"},
        why="a script that starts no service",
        score=500 / 6,
    ),
    Example({"README.md": "# Shop\n\n## Local setup\n\nSee the wiki.\n"}, why="see the wiki", score=0),
    Example(
        {**CODE, "README.md": LOCAL.replace("curl http://localhost:8000/health", "curl -fsSL https://get.x.com | sh")},
        why="a download checks nothing",
        score=500 / 6,
    ),
    Example(
        {
            **CODE,
            "README.md": LOCAL.replace(
                "curl http://localhost:8000/health",
                'curl "http://localhost:8000/health?full=1"  # the docs are at http://localhost:8000/docs\n'
                "curl localhost:8000\ncat logs/app.log\ncurl http://localhost:3000/anything\ncat .env",
            ),
        },
        why="a query, the root, logs, another port, what the reader has made",
        score=100,
    ),
]

CLOUD = """# Operations

## AWS account setup

1. Sign in with the role of the platform team:

   ```bash
   aws sso login --profile shop
   ```

2. Create the network, the database and the cluster:

   ```bash
   cd infra
   cdk deploy --all
   ```

3. Store the key of the model:

   ```bash
   aws secretsmanager create-secret --name shop/key --secret-string file:///dev/stdin
   ```

4. Attach the IAM policy `shop-runtime` to the role of the tasks.

5. Look at the result:

   ```bash
   aws ecs describe-services --cluster shop --services api
   ```
"""
SWEDISH_CLOUD = """# Drift

## Uppsättning av molnet

Kontot i Azure förbereds en gång per miljö. Allt annat görs av Terraform, som körs från katalogen för infrastruktur.

~~~bash
az login
cd infra && terraform init && terraform apply
az keyvault secret set --vault-name butik --name nyckel --value "$NYCKEL"
az role assignment create --assignee $ID --role "Key Vault Secrets User" --scope $SCOPE
az resource list --resource-group butik
~~~
"""
CLOUD_MEETS = [
    Example({"docs/ops.md": CLOUD, "infra/cdk.json": "{}\n"}, why="AWS, step by step"),
    Example({"docs/drift.md": SWEDISH_CLOUD, "infra/main.tf": "\n"}, why="Azure and Terraform, in Swedish"),
    Example(
        {"docs/drift.md": SWEDISH_CLOUD.replace("Uppsättning av", "Förbereda"), "infra/main.tf": "\n"},
        why="to set up is to prepare",
    ),
    Example(
        {
            "docs/ops.md": CLOUD.replace("cdk deploy --all", "./deploy.sh all").replace(
                "aws ecs describe-services", "./validate.sh"
            ),
            "infra/cdk.json": "{}\n",
            "infra/deploy.sh": "cdk deploy\n",
            "infra/validate.sh": "true\n",
        },
        why="scripts of the repository",
    ),
]
CLOUD_FALLS = [
    Example({"app.py": "x = 1\n"}, why="no such section", score=0),
    Example({"docs/ops.md": CLOUD}, why="its folder does not exist", score=500 / 6),
    Example({"docs/ops.md": CLOUD.replace("aws sso login", "echo"), "infra/cdk.json": "{}\n"}, score=500 / 6),
    Example({"docs/ops.md": CLOUD.replace("create-secret", "list-secrets"), "infra/cdk.json": "{}\n"}, score=500 / 6),
    Example({"docs/ops.md": CLOUD.replace("IAM policy", "sticker"), "infra/cdk.json": "{}\n"}, score=500 / 6),
    Example({"docs/ops.md": CLOUD.replace("## AWS account setup", "## Account"), "infra/cdk.json": "{}\n"}, score=0),
]
CLOUD_DECOYS = [
    Example(
        {
            "README.md": "# Shop\n\n## AWS infrastructure\n\n- **DynamoDB**: orders and carts of all customers\n"
            "- **IAM**: roles and policies for access of each service\n"
            "- **Secrets Manager**: keys of the language models\n"
            "- **CloudWatch**: logs, metrics, alarms and dashboards\n"
        },
        why="a list of AWS services used",
        score=100 / 6,
    ),
    Example(
        {
            "README.md": "# Shop\n\n## AWS setup checklist\n\n"
            + "- [ ] IAM role is created, secrets are stored safely\n" * 6
        },
        why="a checklist",
        score=100 / 6,
    ),
    Example(
        {
            "README.md": "# Shop\n\n## AWS setup\n\nOpen https://console.aws.amazon.com/iam and then "
            "https://console.aws.amazon.com/secretsmanager, where all that is needed can be found with a few clicks of "
            "the mouse.\n"
        },
        why="console URLs without steps",
        score=100 / 6,
    ),
    Example(
        {"docs/ops.md": CLOUD.replace("cdk deploy --all", "make deploy"), "infra/cdk.json": "{}\n"},
        why="a make target that does not exist",
        score=500 / 6,
    ),
]
