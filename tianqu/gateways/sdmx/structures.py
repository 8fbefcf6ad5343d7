"""What the data are made of, as SDMX tells it: dataflows, the data structure, concepts, code lists, domains.

Only what everybody may have is in a code list: a figure whose every value is under embargo is in none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tianqu.gateways.sdmx import terms
from tianqu.gateways.sdmx.messages import Element, element, named
from tianqu.gateways.sdmx.terms import VERSION, Words, agency
from tianqu.kernel.figures.api import UNITS, ShownFigure, figure_domain

# The kinds in the order in which a message has them: address, element around them, element, package, class.
KINDS: Final = {
    "dataflow": ("str:Dataflows", "str:Dataflow", "datastructure", "Dataflow"),
    "categoryscheme": ("str:CategorySchemes", "str:CategoryScheme", "categoryscheme", "CategoryScheme"),
    "categorisation": ("str:Categorisations", "str:Categorisation", "categoryscheme", "Categorisation"),
    "codelist": ("str:Codelists", "str:Codelist", "codelist", "Codelist"),
    "conceptscheme": ("str:Concepts", "str:ConceptScheme", "conceptscheme", "ConceptScheme"),
    "datastructure": ("str:DataStructures", "str:DataStructure", "datastructure", "DataStructure"),
}
Name = tuple[str, str]  # kind and identifier


@dataclass(frozen=True, slots=True)
class Artefact:
    """One structure, and the names of those that it refers to."""

    kind: str
    id: str
    element: Element
    refers: tuple[Name, ...] = ()

    @property
    def name(self) -> Name:
        """Its kind and identifier."""
        return self.kind, self.id


def artefacts(found: Sequence[ShownFigure]) -> list[Artefact]:
    """Every structure, from the figures that everybody may have."""
    domains = sorted({shown.definition.domain for shown in found})
    figures = {terms.figure_id(shown.figure.code): (shown.figure.name, shown.figure.name_en) for shown in found}
    units = {terms.unit_id(unit.code): (unit.zh or "个", unit.en or "count") for unit in UNITS.values()}
    codes: dict[str, Mapping[str, Words]] = {
        "CL_FREQ": terms.FREQUENCIES, "CL_FIGURE": figures, "CL_MEASURE": terms.MEASURES, "CL_UNIT_MEASURE": units,
        "CL_UNIT_MULT": terms.MULTIPLIERS, "CL_OBS_STATUS": terms.STATUSES,
    }  # fmt: skip
    return [
        _flow(terms.STRUCTURE, ("全部指标", "All figures")),
        *(_flow(terms.flow_id(domain), figure_domain(domain)) for domain in domains),
        _category_scheme(domains),
        *(_categorisation(domain) for domain in domains),
        *(_code_list(name, listed) for name, listed in codes.items()),
        _concept_scheme(),
        _data_structure(),
    ]


def with_references(every: Sequence[Artefact], chosen: Sequence[Artefact], references: str) -> list[Artefact]:
    """The chosen with those around them: "none", "children", "descendants", "parents", "parentsandsiblings", "all",
    or one kind of all."""
    by_name = {each.name: each for each in every}
    names = {each.name for each in chosen}
    children = _children(by_name, names)
    below = set(children)
    while more := _children(by_name, below) - below:
        below |= more
    parents = {each.name for each in every if names & set(each.refers)}
    beside = parents | _children(by_name, parents)
    around: dict[str, set[Name]] = {
        "none": set(), "children": children, "descendants": below, "parents": parents, "parentsandsiblings": beside,
        "all": below | beside,
    }  # fmt: skip
    more_names = around.get(references)
    if more_names is None:
        more_names = {name for name in around["all"] if name[0] == references}
    return [each for each in every if each.name in names | more_names]


def _children(by_name: Mapping[Name, Artefact], names: Iterable[Name]) -> set[Name]:
    return {child for name in names for child in by_name[name].refers}


def structures(chosen: Iterable[Artefact]) -> Element:
    """The structures as they stand in a message."""
    around: dict[str, Element] = {}
    for each in sorted(chosen, key=lambda artefact: list(KINDS).index(artefact.kind)):
        outer = KINDS[each.kind][0]
        around.setdefault(outer, element(outer)).append(each.element)
    return element("mes:Structures", {}, *around.values())


def reference(kind: str, *, identifier: str) -> Element:
    """A reference to a structure."""
    _outer, _inner, package, cls = KINDS[kind]
    return element(
        "Ref", {"agencyID": agency(), "id": identifier, "version": VERSION, "package": package, "class": cls}
    )


def _made(*content: Element, kind: str, identifier: str, words: Words) -> Element:
    _outer, inner, package, cls = KINDS[kind]
    urn = f"urn:sdmx:org.sdmx.infomodel.{package}.{cls}={agency()}:{identifier}({VERSION})"
    told = {"id": identifier, "urn": urn, "agencyID": agency(), "version": VERSION}
    return element(inner, told, *named(words), *content)


def _flow(identifier: str, words: Words) -> Artefact:
    structure = element("str:Structure", {}, reference("datastructure", identifier=terms.STRUCTURE))
    made = _made(structure, kind="dataflow", identifier=identifier, words=words)
    return Artefact("dataflow", identifier, made, (("datastructure", terms.STRUCTURE),))


def _category_scheme(domains: Sequence[str]) -> Artefact:
    categories = [
        element("str:Category", {"id": terms.domain_id(each)}, *named(figure_domain(each))) for each in domains
    ]
    made = _made(*categories, kind="categoryscheme", identifier=terms.DOMAINS, words=("指标领域", "Domains of figures"))
    return Artefact("categoryscheme", terms.DOMAINS, made)


def _categorisation(domain: str) -> Artefact:
    flow, category = terms.flow_id(domain), terms.domain_id(domain)
    target = element("Ref", {
        "agencyID": agency(), "maintainableParentID": terms.DOMAINS, "maintainableParentVersion": VERSION,
        "id": category, "package": "categoryscheme", "class": "Category",
    })  # fmt: skip
    made = _made(
        element("str:Source", {}, reference("dataflow", identifier=flow)), element("str:Target", {}, target),
        kind="categorisation", identifier=f"CAT_{category}", words=figure_domain(domain),
    )  # fmt: skip
    refers = (("dataflow", flow), ("categoryscheme", terms.DOMAINS))
    return Artefact("categorisation", f"CAT_{category}", made, refers)


def _code_list(identifier: str, codes: Mapping[str, Words]) -> Artefact:
    told = [element("str:Code", {"id": code}, *named(words)) for code, words in codes.items()]
    return Artefact(
        "codelist", identifier, _made(*told, kind="codelist", identifier=identifier, words=terms.LISTS[identifier])
    )


def _concept_scheme() -> Artefact:
    told = [element("str:Concept", {"id": each}, *named(words)) for each, words in terms.CONCEPT_NAMES.items()]
    made = _made(*told, kind="conceptscheme", identifier=terms.CONCEPTS, words=("指标的概念", "Concepts of figures"))
    return Artefact("conceptscheme", terms.CONCEPTS, made)


def _data_structure() -> Artefact:
    dimensions = [
        element("str:Dimension", {"id": each, "position": str(position)}, *_component(each))
        for position, each in enumerate(terms.DIMENSIONS, start=1)
    ]
    time = {"id": "TIME_PERIOD", "position": str(len(dimensions) + 1)}
    dimensions.append(element("str:TimeDimension", time, *_component("TIME_PERIOD")))
    attributes = [_attribute(each) for each in terms.ATTRIBUTES]
    measure = element("str:PrimaryMeasure", {"id": "OBS_VALUE"}, *_component("OBS_VALUE"))
    components = element(
        "str:DataStructureComponents", {},
        element("str:DimensionList", {"id": "DimensionDescriptor"}, *dimensions),
        element("str:AttributeList", {"id": "AttributeDescriptor"}, *attributes),
        element("str:MeasureList", {"id": "MeasureDescriptor"}, measure),
    )  # fmt: skip
    made = _made(
        components, kind="datastructure", identifier=terms.STRUCTURE, words=("指标的结构", "Structure of figures")
    )
    lists = tuple(("codelist", name) for name in terms.LISTS)
    return Artefact("datastructure", terms.STRUCTURE, made, (*lists, ("conceptscheme", terms.CONCEPTS)))


def _attribute(name: str) -> Element:
    status = "Conditional" if name == "EXACT_VALUE" else "Mandatory"
    relation = element("str:PrimaryMeasure", {}, element("Ref", {"id": "OBS_VALUE"}))
    told = {"id": name, "assignmentStatus": status}
    return element("str:Attribute", told, *_component(name), element("str:AttributeRelationship", {}, relation))


def _component(name: str) -> list[Element]:
    """Which concept a component is, and what its values may be."""
    concept = element("Ref", {
        "agencyID": agency(), "maintainableParentID": terms.CONCEPTS, "maintainableParentVersion": VERSION,
        "id": name, "package": "conceptscheme", "class": "Concept",
    })  # fmt: skip
    if name in terms.CODED:
        values = element("str:Enumeration", {}, reference("codelist", identifier=terms.CODED[name]))
    else:
        values = element("str:TextFormat", {"textType": terms.TYPED[name]})
    return [element("str:ConceptIdentity", {}, concept), element("str:LocalRepresentation", {}, values)]
