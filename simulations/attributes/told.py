"""How many speakers have each value of the attribute, on either side: what an attack can be right about, and learn."""

from rich.markup import escape
from rich.table import Table

from fedser.corpora import persons_by_value
from simulations.corpora import Corpora
from simulations.experiment import Experiment


def attribute_table(experiment: Experiment, corpora: Corpora) -> Table:
    """One row per value; a value that only shadow speakers have is a wrong answer about every private one."""
    attribute = experiment.attribute
    counts = {role: persons_by_value(group, attribute.column) for role, group in corpora.items()}
    table = Table(escape(attribute.title), *(f"{role} speakers" for role in counts))
    for value in attribute.ordered({value for known in counts.values() for value in known}):
        table.add_row(escape(value), *(f"{known.get(value, 0):,}" for known in counts.values()))
    return table
