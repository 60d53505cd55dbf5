"""Data assimilation: observations, likelihoods, samplers, diagnostics and posterior files."""
