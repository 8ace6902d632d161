resource "aws_cloudwatch_dashboard" "fyren" {
  dashboard_name = "fyren"
  dashboard_body = jsonencode({
    widgets = [
      {
        type = "metric"
        properties = {
          title   = "Databasen"
          region  = "eu-north-1"
          metrics = [["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "fyren"]]
        }
      }
    ]
  })
}

resource "aws_budgets_budget" "fyren" {
  name         = "fyren"
  budget_type  = "COST"
  limit_amount = "900"
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  notification {
    comparison_operator        = "GREATER_THAN"
    threshold                  = 80
    threshold_type             = "PERCENTAGE"
    notification_type          = "ACTUAL"
    subscriber_email_addresses = ["drift@fyren.example"]
  }
}
