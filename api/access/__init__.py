"""Who a request comes from and what they may do. Knows no job: records are filtered by owner in the stores."""
