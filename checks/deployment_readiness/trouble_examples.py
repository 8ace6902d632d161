"""Troubleshooting guides."""

from pytest_readiness.authoring import Example

TROUBLE = """# Operating the shop

## Troubleshooting

### The API does not start

**Symptoms:**

```
KeyError: 'DATABASE_URL'
```

**Solution:** the variable is missing; write it and start again.

```bash
echo "DATABASE_URL=sqlite:///shop.db" >> .env
```

### Requests are slow

**Cause:** the cache is cold after a release, so that every answer comes from the model itself.

```bash
python scripts/warm.py
```

### The model refuses to answer

The key has expired. Store a new one:

```bash
aws secretsmanager put-secret-value --secret-id shop/key --secret-string file:///dev/stdin
```
"""
WARM = {"scripts/warm.py": "print(1)\n"}
SWEDISH = """# Drift

## Felsökning

1. **Tjänsten startar inte.** Variabeln för databasen saknas. Skriv den och starta om:

   ```sh
   systemctl restart butik
   ```

2. **Svaren är långsamma.** Mellanlagringen är tom efter en driftsättning. Fyll den:

   ```sh
   redis-cli ping
   ```

3. **Modellen svarar inte.** Nyckeln har gått ut. Lagra en ny i valvet och starta om tjänsten:

   ```sh
   vault kv put secret/butik nyckel=-
   ```
"""
TROUBLE_MEETS = [
    Example({"docs/operations.md": TROUBLE, **WARM}, why="a subsection for each problem"),
    Example({"README.md": SWEDISH}, why="Swedish: list items that begin in bold type"),
    Example(
        {
            "docs/operations.rst": """
        Operating
        =========

        Common issues
        -------------

        **It does not start.** The variable with the address of the database is missing from the environment.

        .. code-block:: bash

           systemctl restart shop

        **It is slow.** The cache is cold after a release, and every answer comes from the model.

        .. code-block:: bash

           redis-cli ping

        **No answers.** The key has expired.

        .. code-block:: bash

           vault kv put secret/shop key=-
        """
        },
        why="reStructuredText: paragraphs that begin in bold type",
    ),
    Example(
        {
            "infra/cdk.json": '{"app": "python app.py"}\n',
            "infra/NOTES.md": "# Notes\n",
            "services/api/README.md": TROUBLE.replace("# Operating the shop", "# Deploying the shop"),
            **WARM,
        },
        why="a document on deployment by its name",
    ),
]
TROUBLE_FALLS = [
    Example({"app.py": "x = 1\n"}, why="no such section", score=0),
    Example({"docs/operations.md": TROUBLE}, why="a script that does not exist", score=75),
    Example({"docs/operations.md": TROUBLE.partition("### The model")[0], **WARM}, why="two entries", score=50),
    Example({"services/api/README.md": TROUBLE, **WARM}, why="the README of a part of the system", score=0),
]
TROUBLE_DECOYS = [
    Example(
        {"docs/ops.md": "# Ops\n\n## Troubleshooting\n\n- `KeyError`\n- `TimeoutError`\n- `ConnectionRefusedError`\n"},
        why="a list of error names",
        score=25,
    ),
    Example(
        {
            "docs/ops.md": "# Ops\n\n## Troubleshooting\n"
            + "".join(
                f"\n### Problem {n}\n\n**Symptoms:**\n\n```\nERROR: it broke with code {n}\n```\n\n"
                "**Solution:** check the logs.\n"
                for n in range(4)
            )
        },
        why='remedies that say only "check the logs" in prose',
        score=75,
    ),
    Example(
        {"docs/ops.md": TROUBLE.replace("python scripts/warm.py", "curl http://localhost:8000/admin/warm")},
        why="a route that does not exist",
        score=75,
    ),
    Example(
        {"docs/faq.md": "# FAQ\n\n## Can I pay by card?\n\nYes, with all.\n\n## Is there an app?\n\nNot yet.\n"},
        why="an FAQ on features",
        score=0,
    ),
    Example(
        {"docs/ops.md": TROUBLE.replace("echo", "# echo").replace("python", "# python").replace("aws", "# aws")},
        why="fences with nothing but comments",
        score=75,
    ),
    Example({"docs/TROUBLESHOOTING_REPORT.md": TROUBLE, **WARM}, why="a work report", score=0),
    Example(
        {"docs/ops.md": TROUBLE.replace("**Cause:** the", "**Symptoms:** the"), **WARM},
        why="a command that shows the symptom",
        score=75,
    ),
]
