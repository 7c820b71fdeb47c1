"""The keys of the formula language. `*_KEPT` are accepted, stay in `extra` and mean nothing here."""

from __future__ import annotations

FORMULA_KEYS = (
    "formula", "description", "version", "type", "vars", "extends", "steps", "template", "compose", "advice",
    "pointcuts", "aspects", "phase", "pour", "agent", "review_only", "inputs", "prompts", "output", "legs",
    "synthesis",
)  # fmt: skip
FORMULA_KEPT = (
    "title", "source", "squash", "presets", "labels", "notes", "metadata", "acceptance", "required_vars",
    "convergence", "evaluate_prompt",
)  # fmt: skip
# What Gas City gives a meaning that nothing here has.
FORMULA_IDLE = ("required_vars", "convergence", "evaluate_prompt")
# The sections that make a formula what it is, by type.
SECTIONS = {
    "workflow": ("steps",),
    "convoy": ("legs", "synthesis", "prompts", "output"),
    "expansion": ("template",),
    "aspect": ("aspects",),
}
STEP_KEYS = (
    "id", "title", "description", "description_file", "notes", "type", "priority", "labels", "metadata",
    "needs", "depends_on", "waits_for", "assignee", "agent", "condition", "children", "gate", "loop",
    "on_complete", "expand", "expand_vars", "run", "timeout", "retry", "ralph", "check", "on_fail",
    "acceptance",
)  # fmt: skip
STEP_KEPT = ("parallel", "interactive", "review_only", "args", "output")
