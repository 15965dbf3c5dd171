"""One script per claim; each prints its figures and stores them under benchmarks/results."""
