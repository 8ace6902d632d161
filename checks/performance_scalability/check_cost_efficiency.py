"""Is it known what the system costs, is the cost kept down, and is somebody told when it is too much?"""

from pytest_readiness.authoring import Example, Repo, Units, asking, check, needs_models, with_agents

from .cost_examples import (
    ANOMALIES,
    ASKED,
    BEHIND,
    BOARD,
    BUDGET,
    ESTIMATE,
    FRUGAL,
    GUARD,
    GUARDED,
    METERED,
    REFUSING,
    ROUTES,
    RST,
    RULES,
    SENTENCES,
    SHOWN,
    TERRAFORM_BUDGET,
    changed,
)

NOTHING = {"tool.py": "def double(x):\n    return 2 * x\n"}


@check(
    severity="medium",
    effort_days=1,
    standard="FinOps Framework, Unit Economics; AWS Well-Architected Cost Optimization pillar (expenditure and usage)",
    meets=[
        Example({"docs/costs.md": ESTIMATE}, why="a table of names and values for two kinds of user"),
        Example({"docs/kostnader.md": SENTENCES}, why="sentences, in Swedish"),
        Example(
            {
                "docs/kostnader.md": "# Vad kostar en kund?\n\nEn kund gör i snitt 600 anrop i månaden. Ett anrop tar "
                "ungefär 1 500 tokens, och 1 miljon tokens kostar 2,50 kr. Det blir 2,25 kr per kund och månad.\n"
            },
            why="what costs stands before its price",
        ),
        Example({"docs/costs.rst": RST}, why="reStructuredText, per tenant"),
        Example(
            {
                "README.md": "# Shop\n\n## Unit economics\n\n"
                "| user | requests per month | USD per 1M tokens | tokens per request | cost per user (USD/month) |\n"
                "| --- | --- | --- | --- | --- |\n| light | 500 | 0.60 | 1000 | 0.30 |\n"
            },
            why="one row for each kind of user, the units in the header",
        ),
    ],
    falls_short=[
        Example({"README.md": "# Shop\n"}, score=0, why="nothing is written down"),
        Example(
            {"docs/costs.md": ESTIMATE.replace("| Price per 1M tokens | $0.60 | $0.60 |\n", "")},
            score=0,
            why="no unit price",
        ),
        Example({"docs/costs.md": ESTIMATE.replace("$0.27", "$2.70")}, score=0, why="figures that do not agree"),
    ],
    decoys=[
        Example({"docs/costs.md": "# Cost per user\n\nTODO\n"}, score=0, why="a heading with TODO"),
        Example(
            {"docs/costs.md": "# Cost per user\n\nCosts per user and month are low, since we use small models.\n"},
            score=0,
            why="prose without numbers",
        ),
        Example(
            {
                "docs/models.md": "# Prices\n\n| model | price per 1M tokens |\n| --- | --- |\n| gpt-4o | $10 |\n"
                "| gpt-4o-mini | $0.60 |\n"
            },
            score=0,
            why="a price list of models",
        ),
        Example(
            {"costs.py": "def cost_per_user(tokens):\n    return tokens * 0.0000006 * 300\n"},
            score=0,
            why="a cost function without a figure",
        ),
        Example(
            {"docs/tests.md": "# Cost of a load test\n\nOne run makes 100 requests at $0.02 per request: $2 a run.\n"},
            score=0,
            why="cost per run of a test suite",
        ),
        Example(
            {
                "docs/costs.md": "# Cost per user\n\nA user makes 600 requests a month. "
                "All requests cost $0.12 per user and month.\n"
            },
            score=0,
            why="an amount per user behind the usage is no unit price",
        ),
        Example({"docs/cost_audit_report.md": ESTIMATE}, score=0, why="the audit's own report"),
    ],
)
def test_cost_per_user_estimated(repo: Repo, units: Units) -> None:
    """Is it written down what one user costs per month?

    Passes: a section of a document whose heading, or a table whose header, names cost or price together with user,
    seat, tenant or customer, and which states an amount of money for one of them and a period, the usage that it
    assumes (requests, calls or tokens) and a unit price, each with a number; where a table gives all three, usage times
    price agrees with the amount within 20 %.
    Falls short: no such section; a heading with TODO or prose without the numbers; a price list of models; a cost
    function; the cost of a test run.
    Impact: Pricing and budget are guesses; growth may lose money per user.
    Recommendation: Document requests and tokens per user and month, unit prices, and the resulting cost per user, for
    a light and a heavy user.
    """
    found = repo.costs.estimated
    units.decide("cost per user", found.ok, *found.places, note=found.note)


@check(
    severity="medium",
    effort_days=4,
    standard="OWASP Top 10 for LLM Applications 2025, LLM10 Unbounded Consumption; AWS Well-Architected",
    meets=[
        Example(FRUGAL, why="all in one gateway"),
        Example(BEHIND, why="providers behind a service, the limit in a body, the model by task"),
        Example(
            {
                "gateway.py": "from functools import lru_cache\nimport google.generativeai as genai\n\n"
                "@lru_cache(maxsize=500)\ndef short(prompt):\n"
                '    model = genai.GenerativeModel("gemini-1.5-flash")\n'
                "    config = genai.types.GenerationConfig(max_output_tokens=100)\n"
                "    return model.generate_content(prompt, generation_config=config)\n\n@lru_cache(maxsize=500)\n"
                'def long(prompt):\n    model = genai.GenerativeModel("gemini-1.5-pro")\n'
                '    return model.generate_content(prompt, generation_config={"max_output_tokens": 900})\n'
            },
            why="decorated functions, config objects, two models",
        ),
    ],
    falls_short=[
        Example(changed(FRUGAL, "gateway.py", ", max_tokens=300", ""), score=66.7, why="no output limit"),
        Example(
            changed(FRUGAL, "gateway.py", '"gpt-4o-mini" if simple else "gpt-4o"', '"gpt-4o"'),
            score=66.7,
            why="one model",
        ),
        *with_agents([Example(NOTHING, score=0, why="no provider call")]),
    ],
    decoys=[
        Example(
            changed(
                changed(FRUGAL, "gateway.py", "def __init__(self):", "def __init__(self, cache=None):"),
                "gateway.py",
                "self.cache = AnswerCache()",
                "self.cache = cache",
            )
            | {"app.py": "from gateway import Gateway\n\ngateway = Gateway()\n"},
            score=66.7,
            why="a cache that nobody passes in",
        ),
        Example(
            changed(
                FRUGAL,
                "cache.py",
                "    def __init__(self):\n        self._cache = TTLCache(maxsize=1000, ttl=600)\n",
                "    def __init__(self, endpoint=None):\n        self._cache = None\n        if endpoint:\n"
                "            self._cache = TTLCache(maxsize=1000, ttl=600)\n",
            ),
            score=66.7,
            why="an adapter that is built without the endpoint it needs",
        ),
        Example(
            changed(FRUGAL, "gateway.py", '"gpt-4o-mini" if simple else "gpt-4o"', '"gpt-4o"')
            | {"costs.py": 'def cheapest_model(task):\n    return "gpt-4o-mini" if task == "tag" else "gpt-4o"\n'},
            score=66.7,
            why="a cheapest-model function that nobody calls",
        ),
        Example(
            changed(FRUGAL, "gateway.py", '"gpt-4o-mini" if simple else "gpt-4o"', '"gemini-1.5-pro"'),
            score=66.7,
            why="gemini is no mini",
        ),
        Example(
            changed(
                FRUGAL,
                "gateway.py",
                "        found = self.cache.get(prompt)\n        if found is not None:\n            return found\n",
                "",
            ),
            score=66.7,
            why="a cache that is only written to",
        ),
        *with_agents(
            [
                Example(
                    {"docs/costs.md": "# Cost\n\nSet max_tokens, cache answers and use small models.\n"},
                    score=0,
                    why="advice in documents",
                ),
            ]
        ),
    ],
)
def test_cost_optimization_implemented(repo: Repo, units: Units) -> None:
    """Are the levers that keep LLM cost down in effect?

    Passes: three levers over the calls of completion APIs in code that can be imported. token_cap: each sets an output
    limit, also inside a body or config that is built on the way. cache_on_path: more than half of them, health probes
    aside, first read a response cache that is on by default, or are only reached through one. model_tiering: they, and
    calls of a model service with a model argument, use at least two models, a small one among them, or compute the
    model from task, budget or tenant.
    Falls short: a lever missing; a cheapest-model or cost function that nobody calls; a cache adapter that is built
    without the endpoint it needs; advice in documents. No provider call: 0.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: The same product costs several times what it must.
    Recommendation: Cap output tokens everywhere, route all agents through one LLM service with the response cache on,
    and use the small model for simple tasks.
    """
    needs_models(repo)
    levers = repo.costs.levers
    assert levers.provider_calls, "no code that can be imported calls a completion API"
    for name in ("token_cap", "cache_on_path", "model_tiering"):
        found = getattr(levers, name)
        units.decide(name, found.ok, *found.places, note=found.note)


@check(
    severity="high",
    effort_days=2,
    standard="OpenTelemetry GenAI semantic conventions, gen_ai.client.token.usage; AWS Well-Architected COST 3",
    meets=asking(
        [
            Example(SHOWN, why="a counter and a panel"),
            Example({"gateway.py": METERED, "app.py": ROUTES, "alerts.yml": RULES}, why="an alert rule"),
            Example({"infra/spend.yaml": ANOMALIES}, why="an anomaly monitor with a subscriber"),
        ]
    ),
    falls_short=asking(
        [
            Example({"gateway.py": METERED, "app.py": ROUTES}, score=0, why="no panel"),
            Example(NOTHING, score=0, why="nothing at all"),
        ]
    ),
    decoys=asking(
        [
            Example(
                {"gateway.py": METERED, "grafana/spend.json": BOARD}, score=0, why="updated by code that nobody uses"
            ),
            Example(
                changed(
                    SHOWN,
                    "gateway.py",
                    "        COST.labels(tenant=tenant).inc(answer.usage.total_tokens * 0.0000006)\n",
                    "",
                ),
                score=0,
                why="a panel on a metric that nothing updates",
            ),
            Example(
                changed(SHOWN, "grafana/spend.json", "llm_cost_usd_total", "llm_costs_total"),
                score=0,
                why="a panel on a metric of another name",
            ),
            Example(
                changed(
                    SHOWN,
                    "gateway.py",
                    "        COST.labels(tenant=tenant).inc(answer.usage.total_tokens * 0.0000006)\n",
                    '        print("cost", answer.usage.total_tokens * 0.0000006)\n',
                ),
                score=0,
                why="cost only in a log line",
            ),
            Example(
                {
                    "rows.py": "import boto3\n\ntable = boto3.resource('dynamodb').Table('llm_usage')\n\n"
                    "def keep(cost):\n    table.put_item(Item={'cost': cost})\n",
                    "app.py": "from rows import keep\n\nkeep(1)\n",
                },
                score=0,
                why="a usage table that no panel reads",
            ),
        ]
    ),
)
def test_cost_monitoring_exists(repo: Repo, units: Units) -> None:
    """Is LLM cost measured in operation and shown?

    Passes: a metric with cost or token in its name is updated in code that can be imported and that code outside its
    module uses, and a dashboard panel, alarm or alert rule asks for that metric by name. Or a deployed AWS cost report,
    or an anomaly monitor with a subscription.
    Falls short: a metric that is updated by code nobody uses; a panel on such a metric; cost only in a log line, a
    returned dict or a script started by hand; a usage table that no panel, alarm or report reads.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: A runaway agent is discovered on the invoice.
    Recommendation: Record cost per call in the one LLM service that all agents use, export it, and chart it per agent
    and tenant.
    """
    needs_models(repo)
    found = repo.costs.spending.monitored
    units.decide("cost monitoring", found.ok, *found.places, note=found.note)


@check(
    severity="high",
    effort_days=0.5,
    depends_on=["cost_monitoring_exists"],
    standard="AWS Well-Architected Cost Optimization, COST 2 and COST 3; AWS Budgets user guide; OWASP LLM10:2025",
    meets=[
        Example({"infra/budget.yaml": BUDGET}, why="a budget of CloudFormation"),
        Example({"infra/budget.tf": TERRAFORM_BUDGET}, why="a budget of Terraform"),
        Example({"gateway.py": METERED, "app.py": ROUTES, "alerts.yml": RULES}, why="an alert rule on measured cost"),
        Example(GUARDED, why="code that tells somebody"),
        Example(
            changed(
                GUARDED,
                "ledger.py",
                '            self.topic.publish(TopicArn="spend", Message="the budget is used up")\n',
                '            raise RuntimeError("the budget is used up")\n',
            ),
            why="code that refuses calls",
        ),
        Example(
            {
                "ledger.py": ASKED,
                "app.py": REFUSING,
            },
            why="asked in another module, which refuses",
        ),
    ],
    falls_short=[
        Example(NOTHING, score=0, why="nothing at all"),
        Example(
            {"infra/budget.yaml": BUDGET.split("      NotificationsWithSubscribers")[0]},
            score=0,
            why="a budget that tells nobody",
        ),
        Example({"alerts.yml": RULES}, score=0, why="a rule on a metric that nobody emits"),
    ],
    decoys=[
        Example({"settings.py": "DAILY_BUDGET_USD = 50\n"}, score=0, why="a budget number"),
        Example({"ledger.py": GUARD}, score=0, why="a method that nobody calls"),
        Example(
            changed(
                GUARDED,
                "ledger.py",
                '            self.topic.publish(TopicArn="spend", Message="the budget is used up")\n',
                '            logging.warning("the budget is used up")\n',
            ),
            score=0,
            why="a warning in the log",
        ),
        Example(
            {
                "gateway.py": METERED,
                "app.py": ROUTES,
                "infra/alarm.yaml": "Resources:\n  Cost:\n    Type: AWS::CloudWatch::Alarm\n    Properties:\n"
                "      Namespace: AWS/Billing\n      MetricName: EstimatedCharges\n      Threshold: 100\n"
                "      ComparisonOperator: GreaterThanThreshold\n",
            },
            score=0,
            why="an alarm without action",
        ),
        Example(
            {
                "docs/budget.md": "# Budget\n\n```bash\naws budgets create-budget --account-id 1 --budget file://b.json\n```\n"
            },
            score=0,
            why="commands in a guide",
        ),
        Example(
            {
                "grafana/spend.json": BOARD.replace(
                    '"panels"', '"annotations": {"list": [{"name": "budget"}]}, "panels"'
                )
            },
            score=0,
            why="an annotation of a dashboard",
        ),
    ],
)
def test_budget_alerts_configured(repo: Repo, units: Units) -> None:
    """Is somebody told when spending passes a budget?

    Passes: an AWS budget (CloudFormation, CDK or Terraform) with a limit and a notification that has a subscriber; an
    alarm or alert rule with a threshold on AWS/Billing EstimatedCharges or on a cost metric that code in use updates,
    with an action or receiver; or code in use that compares recorded cost with a budget and on excess notifies or
    refuses calls.
    Falls short: a budget number or method nobody calls; a warning in the log; an alarm without action or on a metric
    nobody emits; CLI commands in a guide; a dashboard annotation named budget.
    Impact: A leaked key or a loop can spend a month's budget in a night before anybody knows.
    Recommendation: Add an AWS Budget at 80 % and 100 % with an SNS or e-mail subscriber, and a daily LLM cost alarm.
    """
    found = repo.costs.spending.alerted
    units.decide("budget alerts", found.ok, *found.places, note=found.note)
