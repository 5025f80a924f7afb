"""What the Python clients send, and how they say what they found."""

import json
import traceback

WHO = {"name": "säge ☃", "n": "1"}
TEXT = 'naïve 😀 "quoted" \\ \u2028 \u0001 终'
JSON = {"nested": [{"a": None}, [], True, 0.1, 9007199254740991], "ключ": "значение"}
BYTES = bytes(range(256))
NAMESPACES = ["/", "/custom"]
MINE = [(i, str(i) if i % 10 else bytes([i])) for i in range(100)]
FLOOD = [(i, TEXT) for i in range(100)]


def transports(name):
    return ["polling", "websocket"] if name == "upgrade" else [name]


def say(**line):
    print(json.dumps(line), flush=True)


class fact:
    """A block that finds something out: whatever goes wrong in it is told, not raised."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is None:
            say(fact=self.name, ok=True)
        else:
            why = "".join(traceback.format_exception(kind, error, trace))
            say(fact=self.name, ok=False, why=why)
        return isinstance(error, Exception)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        return self.__exit__(*error)


def same(got, wanted):
    assert got == wanted, f"{str(got)[:500]} instead of {str(wanted)[:500]}"
