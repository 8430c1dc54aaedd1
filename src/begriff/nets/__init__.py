"""Torch: modules, the training loop, kernels.

Nothing here is imported until something is fitted.
"""
