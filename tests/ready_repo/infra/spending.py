"""Who is told when Harbor costs too much."""

from aws_cdk import Stack
from aws_cdk import aws_budgets as budgets
from constructs import Construct


class SpendingStack(Stack):
    """The budget of a month."""

    def __init__(self, scope: Construct, name: str, **options: object) -> None:
        super().__init__(scope, name, **options)
        budgets.CfnBudget(
            self,
            "Month",
            budget={"budgetType": "COST", "timeUnit": "MONTHLY", "budgetLimit": {"amount": 400, "unit": "USD"}},
            notifications_with_subscribers=[
                {
                    "notification": {
                        "notificationType": "ACTUAL", "comparisonOperator": "GREATER_THAN", "threshold": 80,
                    },
                    "subscribers": [{"subscriptionType": "EMAIL", "address": "ops@harbor.example"}],
                }
            ],
        )
