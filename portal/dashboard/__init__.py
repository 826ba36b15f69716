"""The page that providers land on: what stands, what is due, what happened last."""
