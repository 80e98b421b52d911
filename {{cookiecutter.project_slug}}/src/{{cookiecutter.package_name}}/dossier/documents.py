"""The three documents, of facts and of what people answered."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from ..policy.judge import answered
from .facts import Facts

NOTE = (
    "Drawn up by `make dossier` from what the repository knows and what docs/dossier.yaml answers. "
    "It is an aid, and no proof of compliance: whoever signs a document has to read it."
)


@dataclass(frozen=True)
class Section:
    """A part of a document.

    Attributes:
        title: its heading.
        facts: subjects of the repository's facts.
        fields: of docs/dossier.yaml.
    """

    title: str
    facts: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


# After Mitchell et al., Model Cards for Model Reporting (2019).
CARD = (
    Section("What it is", ("identity", "model"), ("risk_class",)),
    Section("What it is for", (), ("intended_use", "out_of_scope", "affected")),
    Section("How well it does", ("scores", "slices"), ("metrics_fit",)),
    Section("What may go wrong", (), ("risks", "mitigations", "oversight")),
    Section("Judged and registered", ("gate", "versions")),
)
# After Gebru et al., Datasheets for Datasets (2021).
SHEET = (
    Section("The table", ("data",)),
    Section("Where it comes from", (), ("data_origin", "data_rights")),
    Section("Who is in it", (), ("data_gaps", "personal_data")),
    Section("What is kept of requests", ("watch",)),
)
# Along Annex IV of Regulation (EU) 2024/1689; in brackets the functions of NIST's AI RMF 1.0.
TECHNICAL = (
    Section(
        "1. General description (Map)",
        ("identity", "versions"),
        ("intended_use", "out_of_scope", "affected", "risk_class"),
    ),
    Section(
        "2. How it was made (Map, Measure)",
        ("data", "model", "tests", "packages"),
        ("data_origin", "data_rights", "data_gaps", "personal_data"),
    ),
    Section("3. Working, watching and control (Manage)", ("watch",), ("oversight", "watching")),
    Section("4. Why these metrics (Measure)", ("scores", "slices"), ("metrics_fit",)),
    Section("5. Risks (Govern, Map)", ("gate",), ("risks", "mitigations")),
    Section("6. Changes since it was placed on the market (Manage)", ("versions",)),
    Section("7. Norms (Govern)", (), ("norms",)),
    Section("8. Declaration of conformity (Govern)", (), ()),
    Section("9. After it is placed on the market (Manage)", ("watch",), ("watching", "contact")),
)
DOCUMENTS = {
    "model-card": ("Model card", CARD),
    "data-sheet": ("Data sheet", SHEET),
    "technical-documentation": ("Technical documentation, a draft", TECHNICAL),
}


def document(
    title: str, sections: tuple[Section, ...], facts: Facts, fields: dict[str, Any]
) -> str:
    """One document as Markdown."""
    parts = [f"# {title}", NOTE, _open(sections, fields)]
    for section in sections:
        parts.append(f"## {section.title}")
        known = [fact for subject in section.facts for fact in facts[subject]]
        if known:
            rows = [f"| {_cell(f.name)} | {_cell(f.value)} | {_cell(f.source)} |" for f in known]
            parts.append("\n".join(["| what | value | from |", "| --- | --- | --- |", *rows]))
        for name in section.fields:
            field = fields.get(name, {})
            parts.append(f"**{field.get('question', name)}** {_answer(name, field)}")
        if not known and not section.fields:
            parts.append("Unanswered: whoever places it on the market declares this elsewhere.")
    return "\n\n".join(parts) + "\n"


def unanswered(fields: dict[str, Any]) -> dict[str, int]:
    """How many fields each owner has left to answer."""
    owners = Counter(
        str(field.get("owner", "nobody")) for field in fields.values() if not answered(field)
    )
    return dict(sorted(owners.items()))


def _open(sections: tuple[Section, ...], fields: dict[str, Any]) -> str:
    names = dict.fromkeys(name for section in sections for name in section.fields)
    left = unanswered({name: fields.get(name, {}) for name in names})
    if not left:
        return "Everything that is asked of people is answered."
    told = ", ".join(f"{owner} ({number})" for owner, number in left.items())
    return f"Unanswered: {sum(left.values())} of {len(names)}, by {told}."


def _answer(name: str, field: dict[str, Any]) -> str:
    if answered(field):
        return str(field["answer"]).strip()
    return f"*Unanswered: `{name}`, which {field.get('owner', 'nobody')} is to answer.*"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
