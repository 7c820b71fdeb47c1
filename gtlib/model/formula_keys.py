"""The keys of the formula language: what means something, what is kept, what is not run yet.

`*_KEYS` are read, `*_KEPT` are accepted and stay in `extra`, `*_LATER` are refused, each with
what to write instead.
"""

from __future__ import annotations

FORMULA_KEYS = ("formula", "description", "version", "type", "vars", "steps", "pour")
FORMULA_KEPT = (
    "title", "phase", "source", "squash", "presets", "review_only", "agent", "labels", "notes", "metadata",
    "acceptance",
)  # fmt: skip
FORMULA_LATER = {
    "extends": "copy the parent's steps into this file",
    "template": "write the steps below [[steps]]",
    "compose": "write the steps that it makes below [[steps]]",
    "advice": "write the added steps below [[steps]]",
    "pointcuts": "write the added steps below [[steps]]",
    "aspects": "write each aspect as a step of its own",
    "legs": "write each leg as a step of its own",
    "synthesis": "write it as a last step that needs the others",
    "inputs": "write them as [vars.NAME]",
    "prompts": "put the text into the `description` of the steps",
    "output": "say in the `description` of the steps where reports go",
    "convergence": "write each round as a step of its own",
}
STEP_KEYS = (
    "id", "title", "description", "notes", "type", "priority", "labels", "needs", "depends_on", "run",
    "acceptance", "assignee",
)  # fmt: skip
STEP_KEPT = ("metadata", "parallel", "interactive", "agent", "review_only")
STEP_LATER = {
    "loop": "write each round as a step of its own",
    "gate": "make it a step without `run`, which waits until somebody ticks it",
    "expand": "write the steps of that formula here",
    "expand_vars": "write the steps of that formula here",
    "template": "write the steps of that formula here",
    "compose": "write the steps that it makes here",
    "condition": "leave the step out, or skip it by hand with [-] in the molecule",
    "children": "write them as steps of their own with `needs`",
    "on_complete": "say in the `description` which beads to file",
    "waits_for": "name the steps in `needs`",
    "description_file": "put the text into `description`",
    "ralph": "write each attempt as a step of its own",
    "retry": "write each attempt as a step of its own",
}
