"""What README.md shows is so."""
import pathlib
import re

import kinesis_core


def test_the_rules_that_it_lists_are_rules():
    page = pathlib.Path('api/python/README.md').read_text()
    rules = re.search(r'```\n(fail put .*?)```', page, re.DOTALL)[1]
    with kinesis_core.Engine() as engine:
        engine.faults.add(rules)
        assert engine.faults.report().count('rule: ') == 8
