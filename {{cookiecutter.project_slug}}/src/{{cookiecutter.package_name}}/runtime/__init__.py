"""How a fitted pipeline answers: by itself, or compiled to ONNX where that gives the same."""
