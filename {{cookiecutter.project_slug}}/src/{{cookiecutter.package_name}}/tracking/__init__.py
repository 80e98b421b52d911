"""Where a run's parameters, scores, plots and model are recorded: one module a tracker."""
