"""Go templates as Prometheus's alerts use them: what keeps them from loading, what they do."""

from tocsin.gotemplate.found import Meaning, Query, Read
from tocsin.gotemplate.functions import Type
from tocsin.gotemplate.meaning import meaning
from tocsin.gotemplate.nodes import Fault
from tocsin.gotemplate.parse import template

__all__ = ["Fault", "Meaning", "Query", "Read", "Type", "meaning", "template"]
