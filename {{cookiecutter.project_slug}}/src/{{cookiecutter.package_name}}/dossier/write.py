"""Write the documents: docs/*.md, and reports/dossier.html with all three."""

from html import escape
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from omegaconf import DictConfig

from ..tools.command import command
from ..tools.errors import Refusal
from ..tools.files import write_text
from ..tools.paths import REPORTS
from .documents import DOCUMENTS, document, unanswered
from .facts import collected

DOCS = Path("docs")
FIELDS = DOCS / "dossier.yaml"
PAGE = REPORTS / "dossier.html"
STYLE = (
    "body{max-width:56rem;margin:2rem auto;padding:0 1rem;font:16px/1.5 system-ui,sans-serif}"
    "table{border-collapse:collapse}td,th{text-align:left;padding:.2rem 1rem .2rem 0;"
    "vertical-align:top;overflow-wrap:anywhere}"
)


def dossier(cfg: DictConfig) -> None:
    """Write all documents, and say what is left to answer.

    Raises:
        Refusal: if docs/dossier.yaml is missing or is no mapping of fields.
    """
    fields, facts = answers(), collected(cfg)
    texts = {
        name: document(title, sections, facts, fields)
        for name, (title, sections) in DOCUMENTS.items()
    }
    for name, text in texts.items():
        write_text(DOCS / f"{name}.md", text)
        print(DOCS / f"{name}.md")
    write_text(PAGE, page(str(cfg.title), list(texts.values())))
    print(PAGE)
    for owner, number in unanswered(fields).items():
        print(f"{owner} has {number} fields of {FIELDS} to answer")


def answers() -> dict[str, Any]:
    """The fields of docs/dossier.yaml.

    Raises:
        Refusal: if they can't be read.
    """
    try:
        fields = yaml.safe_load(FIELDS.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise Refusal(f"{FIELDS} can't be read: {' '.join(str(error).split())}") from None
    if not isinstance(fields, dict) or not all(isinstance(f, dict) for f in fields.values()):
        raise Refusal(f"{FIELDS} has to map fields to question, owner and answer")
    return fields


def page(title: str, texts: list[str]) -> str:
    """One page that opens without a network; what people wrote is text, never HTML."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    body = "\n<hr>\n".join(markdown.render(text) for text in texts)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n{body}</html>\n"
    )


main = command(dossier)

if __name__ == "__main__":
    main()
