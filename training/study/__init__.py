"""Human judgement as a measurement: blind pages for judges, and the analysis of their answers. It colorizes nothing."""
