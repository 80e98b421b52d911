"""From a raw table to a promoted model, one module a stage."""
