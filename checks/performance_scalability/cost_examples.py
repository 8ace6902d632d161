"""Fragments of cost: estimates, gateways with their levers, metrics, budgets."""

ESTIMATE = """
# Running costs

## Cost per user and month

| | light user | heavy user |
| --- | --- | --- |
| Requests per user and month | 300 | 3,000 |
| Tokens per request | 1,500 | 2,000 |
| Price per 1M tokens | $0.60 | $0.60 |
| Cost per user and month | $0.27 | $3.60 |
"""
SENTENCES = """
# Kostnad per användare

En användare gör ungefär 20 anrop per dag. Ett anrop kostar 0,012 kr: 2 000 tokens à 0,006 kr per 1 000 tokens.
Det blir 7,20 kr per användare och månad.
"""
RST = """
Unit economics
==============

Price of a tenant
-----------------

We assume 40 000 requests per tenant and month at 0.002 USD per request, which is 80 USD per tenant and month.
"""
GATEWAY = """
from openai import AsyncOpenAI

from cache import AnswerCache

class Gateway:
    def __init__(self):
        self.client = AsyncOpenAI()
        self.cache = AnswerCache()

    async def ask(self, prompt, simple):
        found = self.cache.get(prompt)
        if found is not None:
            return found
        answer = await self.client.chat.completions.create(
            model="gpt-4o-mini" if simple else "gpt-4o", messages=[{"role": "user", "content": prompt}], max_tokens=300
        )
        self.cache.set(prompt, answer)
        return answer
"""
CACHE = """
from cachetools import TTLCache

class AnswerCache:
    def __init__(self):
        self._cache = TTLCache(maxsize=1000, ttl=600)

    def get(self, key):
        return self._cache.get(key)

    def set(self, key, value):
        self._cache[key] = value
"""
FRUGAL = {"gateway.py": GATEWAY, "cache.py": CACHE}
"""A gateway with all three levers."""
BEHIND = {
    "src/shop/llm/providers.py": """
import json

import boto3

MODELS = {"summary": "anthropic.claude-3-haiku-20240307-v1:0", "plan": "anthropic.claude-3-opus-20240229-v1:0"}

class Bedrock:
    def __init__(self):
        self.runtime = boto3.client("bedrock-runtime")

    def complete(self, prompt, task):
        body = self._body(prompt)
        return self.runtime.invoke_model(modelId=MODELS[task], body=json.dumps(body))

    def _body(self, prompt):
        body = {"messages": [{"role": "user", "content": prompt}]}
        body["max_tokens"] = 400
        return body
""",
    "src/shop/llm/service.py": """
import redis

from shop.llm.providers import Bedrock

class Service:
    def __init__(self, url):
        self.redis = redis.from_url(url)
        self.provider = Bedrock()

    def answer(self, prompt, task):
        known = self._known(prompt)
        if known:
            return known
        answer = self.provider.complete(prompt, task)
        self.redis.setex(prompt, 600, answer)
        return answer

    def _known(self, prompt):
        return self.redis.get(prompt)
""",
    "src/shop/__init__.py": "",
    "src/shop/llm/__init__.py": "",
}
"""Provider calls that are only reached through a service with a cache; the model is picked by task."""
METERED = """
from openai import OpenAI
from prometheus_client import Counter

COST = Counter("llm_cost_usd_total", "What models cost", ["tenant"])

class Gateway:
    def __init__(self):
        self.client = OpenAI()

    def ask(self, prompt, tenant):
        answer = self.client.chat.completions.create(model="gpt-4o-mini", messages=[{"content": prompt}], max_tokens=9)
        COST.labels(tenant=tenant).inc(answer.usage.total_tokens * 0.0000006)
        return answer
"""
ROUTES = """
from fastapi import FastAPI

from gateway import Gateway

app = FastAPI()
gateway = Gateway()

@app.post("/ask")
def ask(prompt: str, tenant: str):
    return gateway.ask(prompt, tenant)
"""
BOARD = """{
  "title": "Spend",
  "schemaVersion": 39,
  "panels": [{"type": "stat", "title": "Cost", "targets": [{"expr": "sum(increase(llm_cost_usd_total[1d]))"}]}]
}
"""
SHOWN = {"gateway.py": METERED, "app.py": ROUTES, "grafana/spend.json": BOARD}
"""Cost that is measured by code in use, and charted."""
ANOMALIES = """
Resources:
  Monitor:
    Type: AWS::CE::AnomalyMonitor
    Properties: {MonitorName: spend, MonitorType: DIMENSIONAL, MonitorDimension: SERVICE}
  Subscription:
    Type: AWS::CE::AnomalySubscription
    Properties:
      SubscriptionName: spend
      Frequency: DAILY
      MonitorArnList: [!Ref Monitor]
      Subscribers: [{Type: EMAIL, Address: ops@example.com}]
      Threshold: 20
"""
BUDGET = """
Resources:
  Budget:
    Type: AWS::Budgets::Budget
    Properties:
      Budget:
        BudgetType: COST
        TimeUnit: MONTHLY
        BudgetLimit: {Amount: 500, Unit: USD}
      NotificationsWithSubscribers:
        - Notification: {NotificationType: ACTUAL, ComparisonOperator: GREATER_THAN, Threshold: 80}
          Subscribers: [{SubscriptionType: EMAIL, Address: ops@example.com}]
"""
TERRAFORM_BUDGET = """
resource "aws_budgets_budget" "month" {
  name         = "month"
  budget_type  = "COST"
  limit_amount = "500"
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  notification {
    comparison_operator        = "GREATER_THAN"
    threshold                  = 80
    threshold_type             = "PERCENTAGE"
    notification_type          = "ACTUAL"
    subscriber_email_addresses = ["ops@example.com"]
  }
}
"""
RULES = """
groups:
  - name: spend
    rules:
      - alert: TooExpensive
        expr: sum(increase(llm_cost_usd_total[1d])) > 50
        labels: {severity: critical}
"""
GUARD = """
import boto3

class Ledger:
    def __init__(self, daily_budget):
        self.daily_budget, self.spent = daily_budget, 0.0
        self.topic = boto3.client("sns")

    def add(self, cost):
        self.spent += cost
        if self.spent > self.daily_budget:
            self.topic.publish(TopicArn="spend", Message="the budget is used up")
"""
GUARDED = {
    "ledger.py": GUARD,
    "app.py": "from ledger import Ledger\n\nledger = Ledger(10)\n\ndef pay(x):\n    ledger.add(x)\n",
}
"""Code in use that tells somebody when the budget is used up."""
ASKED = """
class Ledger:
    def __init__(self, budget):
        self.budget, self.cost = budget, 0.0

    def exhausted(self):
        return self.cost >= self.budget
"""
REFUSING = """
from fastapi import FastAPI, HTTPException

from ledger import Ledger

app = FastAPI()
ledger = Ledger(10)

@app.post("/ask")
def ask():
    if ledger.exhausted():
        raise HTTPException(429)
    return {}
"""


def changed(files: dict[str, str], path: str, old: str, new: str) -> dict[str, str]:
    """The files with one text replaced in one of them."""
    assert old in files[path], f"{path} does not hold {old!r}"
    return files | {path: files[path].replace(old, new)}
