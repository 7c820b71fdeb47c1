"""The parts of tests/support/scripted_model.py, which is the way in."""
