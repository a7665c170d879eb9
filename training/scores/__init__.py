"""How good a checkpoint is on held-out photographs: metrics, tables, reports, contact sheets. No gradients."""
